/* Texts within records: unescaping, decoding, and whether a text may stand in a column as it is. */
#ifndef CORENA_TEXTS_H
#define CORENA_TEXTS_H

#include "core.h"

/* What texts_unescape_json gives in place of a length. */
enum { TEXT_INVALID = -1, TEXT_FOR_EXACT_READER = -2 };

/* The text of a JSON string, at most as long as its source; without `out` it is looked at alone.
   A lone surrogate, or an escaped character that stands for an octet, is for the exact reader. */
int64_t texts_unescape_json(const uint8_t *source, size_t length, uint8_t *out);

/* Percent escapes and plus signs undone once; what is no escape stays. */
size_t texts_decode_form(const uint8_t *source, size_t length, uint8_t *out);

/* Either escape of nginx undone: \xHH of the default one, or those of escape=json. */
int64_t texts_unescape_nginx(const uint8_t *source, size_t length, uint8_t *out);

/* The bytes of base64 text without white space; -1 where it is none. */
int64_t texts_decode_base64(const uint8_t *source, size_t length, uint8_t *out);

/* The octets of which each is written as two digits; -1 where they are none. */
int64_t texts_decode_hex(const uint8_t *digits, size_t length, uint8_t *out);

/* Whether it is UTF-8 and holds no character that stands for an octet. */
bool texts_may_stand(const uint8_t *text, size_t length);

/* Whether it names the signature or the identifier, in letters of any case: where a notification may be, in whatever way. */
bool texts_name_a_field(const uint8_t *text, size_t length);

/* A text as it stands within a JSON string (not ASCII alone); `out` has room for six times the length. */
size_t texts_escape_json(const uint8_t *text, size_t length, uint8_t *out);

#endif
