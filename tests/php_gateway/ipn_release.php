<?php
//Receive the response parameter
$status = $_POST['status'];
$signature = $_POST['signature'];
$identifier = $_POST['identifier'];
$data = $_POST['data'];

// Generate your signature
$customKey = $data['amount'].$identifier;
$secret = getenv('SECRET_KEY');
$mySignature = strtoupper(hash_hmac('sha256', $customKey , $secret));

$myIdentifier = getenv('MY_IDENTIFIER');

if($status == "success" && $signature == $mySignature &&  $identifier ==  $myIdentifier){
    //your operation logic
    file_put_contents(getenv('RESULT_FILE'), "released\n", FILE_APPEND);
}
