/* SPDX-License-Identifier: Apache-2.0 */
#include "common/schema/quantity.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"

#define MOST_DIGITS 18 /* significant ones: 10^18 x 10^18, and 10^18 x 2^60, still fit in 128 bits */
#define MOST_POWER 37  /* 10^37 fits in 128 bits, and is above any number of so many digits */

/* digits x 2^shift x 10^power */
struct number {
    unsigned __int128 digits;
    int shift;
    long power;
};

static const struct suffix {
    const char *text;
    int shift;
    long power;
} suffixes[] = {
    {"Ki", 10, 0}, {"Mi", 20, 0}, {"Gi", 30, 0}, {"Ti", 40, 0}, {"Pi", 50, 0}, {"Ei", 60, 0},
    {"n", 0, -9},  {"u", 0, -6},  {"m", 0, -3},  {"", 0, 0},    {"k", 0, 3},   {"M", 0, 6},
    {"G", 0, 9},   {"T", 0, 12},  {"P", 0, 15},  {"E", 0, 18},
};

/* Digits with at most one point among them. The rest of the text, or NULL. */
static const char *read_digits(const char *text, struct number *out)
{
    int seen = 0, point = 0, significant = 0;
    for (; isdigit((unsigned char)*text) || (*text == '.' && !point); text++) {
        if (*text == '.') {
            point = 1;
            continue;
        }
        seen = 1;
        significant += significant || *text != '0';
        if (significant > MOST_DIGITS)
            return NULL;
        out->digits = out->digits * 10 + (unsigned)(*text - '0');
        out->power -= point;
    }
    return seen ? text : NULL;
}

/* "e3", "E-6": 1, or 0 when text is no exponent. */
static int read_exponent(const char *text, struct number *out)
{
    if (*text != 'e' && *text != 'E')
        return 0;
    const char *digits = text + 1 + (text[1] == '-' || text[1] == '+');
    size_t len = strspn(digits, "0123456789");
    if (len == 0 || len > 4 || digits[len])
        return 0;
    out->power += strtol(text + 1, NULL, 10);
    return 1;
}

static int read_suffix(const char *text, struct number *out)
{
    if (read_exponent(text, out))
        return 1;
    for (size_t i = 0; i < COUNT_OF(suffixes); i++)
        if (strcmp(text, suffixes[i].text) == 0) {
            out->shift = suffixes[i].shift;
            out->power += suffixes[i].power;
            return 1;
        }
    return 0;
}

static unsigned __int128 power_of_ten(long power)
{
    unsigned __int128 value = 1;
    while (power-- > 0)
        value *= 10;
    return value;
}

static int64_t whole(const struct number *number)
{
    if (number->digits == 0)
        return 0;
    if (number->power > MOST_DIGITS)
        return -1;
    unsigned __int128 value = number->digits << number->shift;
    if (number->power > 0)
        value *= power_of_ten(number->power);
    if (number->power < 0) {
        unsigned __int128 divisor = power_of_ten(number->power < -MOST_POWER ? MOST_POWER : -number->power);
        value = value / divisor + (value % divisor != 0);
    }
    return value > INT64_MAX ? -1 : (int64_t)value;
}

/* In units of 10^-places. */
static int64_t read_in(const char *text, int places)
{
    struct number number = {.power = places};
    if (!text)
        return -1;
    const char *rest = read_digits(text + (*text == '+'), &number);
    if (!rest || !read_suffix(rest, &number))
        return -1;
    return whole(&number);
}

int64_t quantity_read(const char *text)
{
    return read_in(text, 0);
}

int64_t quantity_read_milli(const char *text)
{
    return read_in(text, 3);
}

/* The largest suffix of the family that leaves no remainder. */
char *quantity_write(char out[QUANTITY_SIZE], int64_t bytes, const char *like)
{
    size_t len = strlen(like);
    int binary = len > 0 && like[len - 1] == 'i';
    const char *suffix = "";
    int64_t unit = 1;
    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        const struct suffix *one = &suffixes[i];
        if (binary ? one->shift == 0 : one->power <= 0)
            continue;
        int64_t size = binary ? INT64_C(1) << one->shift : (int64_t)power_of_ten(one->power);
        if (bytes > 0 && size > unit && bytes % size == 0) {
            suffix = one->text;
            unit = size;
        }
    }
    snprintf(out, QUANTITY_SIZE, "%" PRId64 "%s", bytes / unit, suffix);
    return out;
}
