/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/ask/fingerprint.h"

#include <ctype.h>
#include <string.h>

/* Letters and digits mixed, from this length on: hashes, parts of names that are drawn. */
#define VOLATILE_WORD 5

/* A word without what changes by itself: numbers, times, counts; of a hash or a drawn name nothing stays. What may be the
 * status of an HTTP answer is kept. */
static void put_steady_word(const char *word, size_t len, struct strbuf *out)
{
    size_t digits = 0;
    for (size_t i = 0; i < len; i++)
        digits += isdigit((unsigned char)word[i]) != 0;
    if (digits == 0 || (digits == 3 && len == 3 && (*word == '4' || *word == '5'))) {
        strbuf_add(out, word, len);
        return;
    }
    strbuf_putc(out, '#');
    for (size_t i = 0; i < len && len < VOLATILE_WORD; i++)
        if (!isdigit((unsigned char)word[i]))
            strbuf_putc(out, word[i]);
}

static void put_steady(const char *text, struct strbuf *out)
{
    while (*text) {
        size_t len = 0;
        while (isalnum((unsigned char)text[len]))
            len++;
        if (len)
            put_steady_word(text, len, out);
        else
            strbuf_putc(out, *text);
        text += len ? len : 1;
    }
}

char *fingerprint(const struct prompt *prompt, const struct facts *facts, char out[SHA256_HEX_SIZE])
{
    size_t i;
    const json_t *pod;
    AUTO_STRBUF text = {0}, steady = {0};
    strbuf_puts(&text, strbuf_text(&prompt->text));
    strbuf_replace(&text, prompt->fence, "");
    json_array_foreach(json_object_get(facts->incident->observed, "pods"), i, pod)
    {
        const char *name = json_string_at(pod, "name");
        strbuf_replace(&text, name ? name : "", "#");
    }
    strbuf_printf(&steady, "%s\n%s\n%s\n%lld\n", facts->incident->key, facts->uid, facts->template_hash,
                  facts->exit_code);
    put_steady(strbuf_text(&text), &steady);
    return sha256_hex(steady.data, steady.len, out);
}
