/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/uuid.h"

#include <stddef.h>

/* Whether a dash stands before that byte. */
static int follows_dash(size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

static int digit_of(char character)
{
    return character >= '0' && character <= '9'   ? character - '0'
           : character >= 'a' && character <= 'f' ? character - 'a' + 10
                                                  : -1;
}

int uuid_read(const char *text, uint8_t out[UUID_BYTES])
{
    for (size_t i = 0; i < UUID_BYTES; i++) {
        if (follows_dash(i) && *text++ != '-')
            return 0;
        int high = digit_of(*text), low = high < 0 ? -1 : digit_of(text[1]);
        if (low < 0)
            return 0;
        out[i] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    return !*text;
}

void uuid_write(const uint8_t bytes[UUID_BYTES], char out[UUID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < UUID_BYTES; i++) {
        if (follows_dash(i))
            *out++ = '-';
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 0xf];
    }
    *out = '\0';
}
