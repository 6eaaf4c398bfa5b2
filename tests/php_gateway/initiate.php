<?php
// The documentation's own initiate sample, with the address and the keys of a sandbox from the environment.
$parameters = require __DIR__ . '/initiate_parameters.php';
$parameters['public_key'] = getenv('PUBLIC_KEY');
$parameters['ipn_url'] = getenv('IPN_URL');

$parameters = http_build_query($parameters);

//test end point
$url = getenv('SANDBOX_URL') . '/test/payment/initiate';

$ch = curl_init();
curl_setopt($ch, CURLOPT_SSL_VERIFYHOST, false);
curl_setopt($ch, CURLOPT_URL, $url);
curl_setopt($ch, CURLOPT_POSTFIELDS,  $parameters);
curl_setopt($ch, CURLOPT_RETURNTRANSFER, true);
$result = curl_exec($ch);
curl_close($ch);

echo $result;
