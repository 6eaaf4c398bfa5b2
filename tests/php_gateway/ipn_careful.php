<?php
// A handler that does what the documentation's sample leaves out: one open order, released once.
$expected = ['identifier' => getenv('MY_IDENTIFIER'), 'amount' => '11.00000000', 'currency' => 'USD'];
$paid = getenv('RESULT_FILE');

function text($value): string { return is_string($value) ? $value : ''; }

$data = is_array($_POST['data'] ?? null) ? $_POST['data'] : [];
$amount = text($data['amount'] ?? null);
$identifier = text($_POST['identifier'] ?? null);
$mine = strtoupper(hash_hmac('sha256', $amount . $identifier, getenv('SECRET_KEY')));
if (!hash_equals($mine, text($_POST['signature'] ?? null))) {
    http_response_code(403);
    exit('the signature is wrong');
}
if (
    text($_POST['status'] ?? null) !== 'success' || $identifier !== $expected['identifier']
    || $amount !== $expected['amount'] || text($data['currency'] ?? null) !== $expected['currency']
) {
    http_response_code(409);
    exit('no such order waits');
}
if (!file_exists($paid)) {
    file_put_contents($paid, "released\n");
}
echo 'thank you';
