<?php
// The checks of the documentation's sample, made for every notification and every order that a shop may wait for.
$given = json_decode(stream_get_contents(STDIN), true);
$released = [];
foreach ($given['notifications'] as $number => $posted) {
    $_POST = array_map('base64_decode', $posted);
    $status = $_POST['status'];
    $signature = $_POST['signature'];
    $identifier = $_POST['identifier'];
    $data = ['amount' => $_POST['amount']];
    $customKey = $data['amount'].$identifier;
    foreach ($given['secrets'][$number] as $secret) {
        $mySignature = strtoupper(hash_hmac('sha256', $customKey , $secret));
        if (!($status == "success" && $signature == $mySignature)) continue;
        foreach ($given['orders'] as $order => $myIdentifier) {
            if ($identifier == $myIdentifier) $released["$number $order"] = [$number, $order];
        }
    }
}
echo json_encode(array_values($released));
