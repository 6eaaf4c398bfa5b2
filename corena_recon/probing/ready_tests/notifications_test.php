<?php
// What this shop's handler must accept and refuse. Run it with php; shop.php beside it is yours to write.
//
// shop.php returns a function that takes the secret and the one open order (['secret', 'identifier', 'amount',
// 'currency']) and gives a function from a posted body and its content type to whether the order was taken for paid.
// $_POST is set as PHP sets it from that body.

$told = json_decode(file_get_contents(__DIR__ . '/notification_cases.json'), true);
$newShop = require __DIR__ . '/shop.php';

$taken = function (callable $accepts, array $case): bool {
    $_POST = [];
    if ($case['content_type'] === 'application/x-www-form-urlencoded') {
        parse_str($case['body'], $_POST);
    }
    return (bool) $accepts($case['body'], $case['content_type']);
};

$failures = 0;
foreach ($told['cases'] as $case) {
    $accepts = $newShop($told['shop']);
    $follows = !$case['follows_the_genuine_one'] || $taken($accepts, $told['cases'][0]);
    if ($follows && $taken($accepts, $case) === $case['is_accepted']) {
        echo "ok      {$case['name']}\n";
        continue;
    }
    $failures++;
    echo "FAILED  {$case['name']}: {$case['what']}: {$case['otherwise']}\n";
}
exit($failures ? 1 : 0);
