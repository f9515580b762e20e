/* SPDX-License-Identifier: Apache-2.0 */
/* Text with a secret planted in it: the first byte of the input says which, the second where. It must not survive, whatever
 * stands around it; nor may what comes out be no text, be redacted once more, or grow without bounds. */
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/redact.h"
#include "common/base/text.h"
#include "tests/fuzz/fuzz.h"

#define SECRET "Hunter2Hunter2Hunter2"
#define GROWTH 4 /* a byte that is no text becomes three; a short secret's name is longer than it */
#define SLACK 64
#define USES 1000

static const char *const planted[] = {
    "password=" SECRET,
    "{\"password\":\"" SECRET "\"}",
    "\\\"client_secret\\\": \\\"" SECRET "\\\"",
    "postgres://shop:" SECRET "@db:5432/shop",
    "Authorization: Bearer " SECRET,
    "Cookie: sid=" SECRET "; a=b",
    "--api-key " SECRET,
    "[\"--token\",\"" SECRET "\"]",
    "host=db password='" SECRET "' user=shop",
    "shop:" SECRET "@tcp(db:3306)/shop",
    "<password>" SECRET "</password>",
    "AccountKey=" SECRET "==;EndpointSuffix=x",
    "ghp_" SECRET,
    "xoxb-" SECRET,
    "eyJhbGciOiJIUzI1NiJ9." SECRET "." SECRET,
    "-----BEGIN "
    "PRIVATE KEY-----\n" SECRET "\n-----END PRIVATE KEY-----",
    "pass\x1b[31mword=Hun\x1b[0mter2Hunter2Hunter2",
    "pass\\u001b[31mword=Hun\\u200bter2Hunter2Hunter2",
    "pass\xE2\x80\x8Bword=Hunter2\xE2\x80\x8BHunter2Hunter2",
};

/* Whether the input brings the secret itself, as a reader would see it. */
static int has_secret(const uint8_t *bytes, size_t len)
{
    AUTO_STRBUF clean = {0};
    text_clean((const char *)bytes, len, &clean);
    return strstr(strbuf_text(&clean), "unter2") != NULL;
}

/* Puts the secret in its place: 0, or -1 when the input is of no use. */
static int plant(const uint8_t *bytes, size_t len, struct strbuf *out)
{
    if (len < 2)
        return -1;
    size_t place = 2 + (len - 2) * bytes[1] / 256;
    if (has_secret(bytes + 2, place - 2) || has_secret(bytes + place, len - place))
        return -1;
    strbuf_add(out, bytes + 2, place - 2);
    strbuf_printf(out, "\n%s\n", planted[bytes[0] % COUNT_OF(planted)]);
    strbuf_add(out, bytes + place, len - place);
    return 0;
}

/* A redactor that is made anew now and then: to make one takes longer than to use it. */
static struct redactor *redactor_of_the_day(void)
{
    static struct redactor *redactor;
    static unsigned uses;
    if (uses++ % USES == 0) {
        redactor_free(redactor);
        redactor = redactor_new();
    }
    return redactor;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    AUTO_STRBUF text = {0}, out = {0}, again = {0}, clean = {0};
    if (plant(bytes, len, &text))
        return 0;
    struct redactor *redactor = redactor_of_the_day();
    redact(redactor, text.data, text.len, &out);
    MUST(!strstr(out.data, "unter2"));
    MUST(out.len <= GROWTH * text.len + SLACK);
    redact(redactor, out.data, out.len, &again);
    MUST(strcmp(out.data, again.data) == 0);
    text_clean(out.data, out.len, &clean);
    MUST(strcmp(out.data, clean.data) == 0);
    return 0;
}
