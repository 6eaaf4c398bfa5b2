<?php
// The parameters of the documentation's own initiate sample, as it writes them.
return [
    'identifier' => 'DFU80XZIKS',
    'currency' => 'USD',
    'amount' => 11.00,
    'gateway_methods' => [
        // Please write the name of the gateway method you want to use
    ],
    'details' => 'Purchase T-shirt',
    'ipn_url' => 'http://example.com/ipn_url.php',
    'cancel_url' => 'http://example.com/cancel_url.php',
    'success_url' => 'http://example.com/success_url.php',
    'public_key' => 'your_public_key',
    'site_name' => 'your_site_name',
    'site_logo' => 'http://yoursite.com/logo.png',
    'checkout_theme' => 'light',
    'customer'=>[
        'first_name'=>'John',
        'last_name'=>'Doe',
        'email'=>'joan@gmail.com',
        'mobile'=>'12345789',
    ],
    'shipping_info'=>[
        'address_one'=>'',
        'address_two'=>'',
        'area'=>'',
        'city'=>'',
        'sub_city'=>'',
        'state'=>'',
        'postcode'=>'',
        'country'=>'',
        'others'=>'',
    ],
    'billing_info'=>[
        'address_one'=>'',
        'address_two'=>'',
        'area'=>'',
        'city'=>'',
        'sub_city'=>'',
        'state'=>'',
        'postcode'=>'',
        'country'=>'',
        'others'=>'',
    ]
];
