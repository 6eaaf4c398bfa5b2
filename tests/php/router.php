<?php
// Answers every request with its own $_POST as JSON; keys and values in hexadecimal, so that every byte survives.
function hexed(array $values): object
{
    $answer = [];
    foreach ($values as $key => $value) {
        $answer[bin2hex((string) $key)] = is_array($value) ? hexed($value) : bin2hex($value);
    }
    return (object) $answer;
}
header('Content-Type: application/json');
$answer = json_encode(hexed($_POST));
header('Content-Length: ' . strlen($answer));
echo $answer;
