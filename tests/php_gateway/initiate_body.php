<?php
// Writes the body that the documentation's initiate sample posts: php initiate_body.php > initiate_body.txt
echo http_build_query(require __DIR__ . '/initiate_parameters.php');
