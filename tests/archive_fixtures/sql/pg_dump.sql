--
-- PostgreSQL database dump
--

SET standard_conforming_strings = on;

CREATE TABLE public.users (
    id bigint NOT NULL,
    name text
);

COPY public.users (id, name) FROM stdin;
1	A\tb\\
2	\N
\.


COPY public.payment_transactions (id, api_response, created_at) FROM stdin;
0	{"status": "success", "signature": "2A3C98CEDC340509BB69EFCE85901A37142A461F80A573104A7ADA27401237F1", "identifier": "ORD1001", "data[payment_trx]": "AB12CD34EF56", "data[amount]": "11.00000000", "data[payment_type]": "checkout", "data[currency]": "USD"}	2024-01-02 03:04:05
1	{"status": "success", "signature": "F12A2FE4F22382F6F99D0C9852458BDD4C6924A383D38BBFD9726E22F4A19D8D", "identifier": "caf\\u00e9-7", "data[payment_trx]": "QWERTY123456", "data[amount]": "0.10000000", "data[payment_type]": "checkout", "data[currency]": "USD"}	2024-01-02 03:04:05
\.

INSERT INTO public.ipn (status, identifier, signature, amount, received_at) VALUES ('success', '1E5', 'FCDE7EF9E3CBA42AC535DF6B5CADB6878473D0E5A124227A30E60FAC78801CAB', '99.99000000', '2024-01-02 03:04:05');
