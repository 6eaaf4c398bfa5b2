<?php
// Writes bodies.txt, keys.toml and expected.csv beside this file, or into the folder given.
//
// Signatures and bodies come from the very calls of the gateway's documentation and of its product family:
//     $customKey = $data['amount'].$identifier;
//     strtoupper(hash_hmac('sha256', $customKey, $secret))
//     http_build_query([...])
// The secrets are invented. Expectations are written beside each body, from what it was made to be.

declare(strict_types=1);

const LIVE_SECRET = 'invented-php-live-5d1f0c7a9b3e';
const FLOAT_SECRET = 'invented-php-floats-2c8e4b6d0f1a';

function signature($amount, string $identifier, string $secret): string
{
    $data = ['amount' => $amount];
    $customKey = $data['amount'].$identifier;
    return strtoupper(hash_hmac('sha256', $customKey, $secret));
}

/** The notification as the gateway builds it; payment_timestamp, a Carbon object there, is dropped by PHP 8. */
function ipn($amount, string $identifier, string $signature, string $trx, string $status, string $currency): array
{
    return [
        'status' => $status,
        'signature' => $signature,
        'identifier' => $identifier,
        'data' => [
            'payment_trx' => $trx,
            'amount' => $amount,
            'payment_type' => 'checkout',
            'payment_timestamp' => null,
            'currency' => $currency,
        ],
    ];
}

/** Twelve of A-Z1-9, as the gateway draws them, but from a counter, so that every run writes the same. */
function trx(int $number): string
{
    $letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ123456789';
    $digest = hash('sha256', 'trx '.$number, true);
    $text = '';
    for ($i = 0; $i < 12; $i++) {
        $text .= $letters[ord($digest[$i]) % strlen($letters)];
    }
    return $text;
}

$bodies = [];
$expected = [['record', 'identifier', 'signature_status', 'verdict', 'findings', 'planted']];

/** Options: amount_posted, identifier_posted, secret, trx, status, currency, signature. */
function post($amount, string $identifier, string $signatureStatus, string $verdict, string $findings, string $planted, array $options = []): void
{
    global $bodies, $expected;
    $number = count($bodies) + 1;
    $signature = $options['signature'] ?? signature($amount, $identifier, $options['secret'] ?? LIVE_SECRET);
    $shown = $options['identifier_posted'] ?? $identifier;
    $fields = ipn(
        $options['amount_posted'] ?? $amount,
        $shown,
        $signature,
        $options['trx'] ?? trx($number),
        $options['status'] ?? 'success',
        $options['currency'] ?? 'USD'
    );
    if (($options['signature'] ?? '') === 'none') {
        unset($fields['signature']);
    }
    $bodies[] = http_build_query($fields);
    $expected[] = [(string) $number, $shown, $signatureStatus, $verdict, $findings, $planted];
}

// Honest: the amount is the database's DECIMAL(28,8), a string with eight decimals.
foreach (['0.00000001', '0.50000000', '1.00000000', '11.00000000', '11.50000000', '99.99000000', '1000.00000000',
    '123456789.12345678', '99999999999999999999.99999999'] as $i => $amount) {
    post($amount, sprintf('PHP-%04d', $i + 1), 'valid', 'accepted', '', '');
}
// Honest: identifiers that the encoding of bodies must carry, byte for byte.
foreach (['00123', '1E5', 'commande 12', 'a+b', 'a%2Bb', 'a&b=c', 'x[0]', '~tilde*', 'É-0001', '訂單-7', 'nan', 'null'] as $identifier) {
    post('25.00000000', $identifier, 'valid', 'accepted', '', '');
}
post('11.00000000', 'DFU80XZIKS', 'valid', 'accepted', 'sample_identifier', 'sample_identifier');

// Honest, from the sandbox of the oldest deployments: the amount is a PHP float, joined and encoded as PHP does.
foreach ([11.00, 250.0, 1000.0, 123456.0] as $i => $amount) {
    post($amount, sprintf('FLOAT-%04d', $i + 1), 'valid', 'accepted', '', 'php_float', ['secret' => FLOAT_SECRET]);
}

// Planted.
post('10.00000000', 'TAMPERED-1', 'invalid', 'forged', 'signature_invalid', 'tampered_amount', ['amount_posted' => '1000.00000000']);
post('10.00000000', 'TAMPERED-2', 'invalid', 'forged', 'signature_invalid', 'tampered_identifier', ['identifier_posted' => 'TAMPERED-3']);
post('12.00000000', 'GUESSED-1', 'invalid', 'forged', 'signature_invalid', 'unknown_key', ['secret' => 'a guess']);
post('13.00000000', 'WEAK-1', 'invalid', 'forged', 'signature_invalid weak_key', 'placeholder_key', ['secret' => 'YOUR_SECRET_KEY']);
post('13.00000000', 'WEAK-2', 'invalid', 'forged', 'signature_invalid weak_key', 'empty_key', ['secret' => '']);
post('14.00000000', 'UNSIGNED-1', 'missing', 'forged', 'signature_missing', 'missing_signature', ['signature' => 'none']);
post('15.00000000', 'LOWER-1', 'malformed', 'suspect', 'signature_format', 'lower_case_signature', ['signature' => strtolower(signature('15.00000000', 'LOWER-1', LIVE_SECRET))]);
post('16.00000000', 'REPLAY-1', 'valid', 'accepted', '', 'exact_replay', ['trx' => 'REPLAYREPLAY']);
post('16.00000000', 'REPLAY-1', 'valid', 'duplicate', 'replayed', 'exact_replay', ['trx' => 'REPLAYREPLAY']);
post('17.00000000', 'REPLAY-2', 'valid', 'accepted', '', 'replay_edited_trx');
post('17.00000000', 'REPLAY-2', 'valid', 'suspect', 'trx_conflict', 'replay_edited_trx');
post('18.00000000', 'FAILED-1', 'valid', 'no_payment', '', 'failed_status', ['status' => 'failed']);
post('19.00000000', 'EURO-1', 'valid', 'accepted', 'currency_unsupported', 'unsupported_currency', ['currency' => 'EUR']);
post('20.00000000', '=1+1', 'valid', 'accepted', 'hostile_text', 'formula_identifier');
post('20.00000000', '<b>bold</b>', 'valid', 'accepted', 'hostile_text', 'markup_identifier');
post('21.00000000', 'ORDER-OF-21-CHARACTER', 'valid', 'suspect', 'identifier_too_long', 'long_identifier');

$folder = $argv[1] ?? __DIR__;
file_put_contents($folder.'/bodies.txt', implode("\n", $bodies)."\n");
file_put_contents($folder.'/keys.toml', "# Invented keys of invented notifications: they open nothing.\n"
    ."\n[[keys]]\nid = \"php-live\"\nmode = \"live\"\nsecret = \"".LIVE_SECRET."\"\n"
    ."\n[[keys]]\nid = \"php-floats\"\nmode = \"live\"\nsecret = \"".FLOAT_SECRET."\"\n");
$file = fopen($folder.'/expected.csv', 'w');
foreach ($expected as $row) {
    fputcsv($file, $row, ',', '"', '');
}
fclose($file);
