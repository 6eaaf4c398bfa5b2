<?php
// Posts a notification with the calls that gateways of the family make: a synchronous curl POST of http_build_query.
$parameters = [
    'status' => 'success',
    'signature' => strtoupper(hash_hmac('sha256', '11.00000000' . 'DFU80XZIKS', 'test_secret')),
    'identifier' => 'DFU80XZIKS',
    'data' => [
        'payment_trx' => 'AB12CD34EF56',
        'amount' => '11.00000000',
        'payment_type' => 'checkout',
        'currency' => 'USD',
    ],
];
$ch = curl_init();
curl_setopt($ch, CURLOPT_URL, getenv('IPN_URL'));
curl_setopt($ch, CURLOPT_POST, true);
curl_setopt($ch, CURLOPT_POSTFIELDS, http_build_query($parameters));
curl_setopt($ch, CURLOPT_RETURNTRANSFER, true);
curl_exec($ch);
curl_close($ch);
