/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/watch/protobuf.h"

#include "tests/unit/mangle.h"
#include "tests/unit/observer/wire.h"
#include "tests/unit/unit.h"

/* Reads all fields; returns how many, and whether the bytes were malformed. */
static size_t count_fields(const char *bytes, size_t len, int *malformed)
{
    struct proto reader = proto_open(bytes, len);
    struct proto_field field;
    size_t count = 0;
    for (; proto_next(&reader, &field); count++)
        if (field.wire == PROTO_BYTES) {
            assert_true((const char *)field.bytes >= bytes);
            assert_true((const char *)field.bytes + field.len <= bytes + len);
        }
    assert_false(proto_next(&reader, &field)); /* the end stays the end */
    *malformed = reader.malformed;
    return count;
}

static void check_fields(const char *bytes, size_t len)
{
    int malformed;
    count_fields(bytes, len, &malformed);
}

#define COUNT(bytes, malformed) count_fields(bytes, sizeof(bytes) - 1, malformed)

static void reads_every_wire_type(void **state)
{
    (void)state;
    static const char bytes[] = "\x08\x96\x01" /* 1: 150, the example of the specification */
                                "\x11\x01\x02\x03\x04\x05\x06\x07\x08" /* 2: fixed64 */
                                "\x1a\x03"
                                "abc"                  /* 3: bytes */
                                "\x25\xff\xff\xff\xff" /* 4: fixed32 */
                                "\x2a\x00";            /* 5: no bytes */
    struct proto reader = proto_open(bytes, sizeof(bytes) - 1);
    struct proto_field field;
    assert_true(proto_next(&reader, &field) && field.number == 1 && field.wire == PROTO_VARINT &&
                field.value == 150);
    assert_false(proto_is_bytes(&field, 1));
    assert_true(proto_next(&reader, &field) && field.number == 2 && field.value == 0x0807060504030201);
    assert_true(proto_next(&reader, &field) && proto_is_bytes(&field, 3) && field.wire != PROTO_VARINT);
    assert_int_equal(field.len, 3);
    assert_memory_equal(field.bytes, "abc", 3);
    assert_true(proto_next(&reader, &field) && field.wire == PROTO_FIXED32 && field.value == 0xffffffff);
    assert_true(proto_next(&reader, &field) && proto_is_bytes(&field, 5) && field.len == 0);
    assert_false(proto_next(&reader, &field));
    assert_false(reader.malformed);
}

static void reads_nothing_from_nothing(void **state)
{
    (void)state;
    struct proto reader = proto_open(NULL, 0);
    struct proto_field field;
    assert_false(proto_next(&reader, &field));
    assert_false(reader.malformed);
}

static void reads_varints_up_to_64_bits(void **state)
{
    (void)state;
    static const uint64_t values[] = {
        0, 1, 127, 128, 16383, 16384, UINT32_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX};
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        AUTO_STRBUF buf = {0};
        uint64_t value = 1;
        wire_varint(&buf, values[i]);
        const uint8_t *bytes = (const uint8_t *)buf.data;
        assert_int_equal(proto_varint(bytes, buf.len, &value), buf.len);
        assert_true(value == values[i]);
        for (size_t len = 0; len < buf.len; len++) /* more is needed */
            assert_int_equal(proto_varint(bytes, len, &value), 0);
    }
}

static void refuses_varints_beyond_64_bits(void **state)
{
    (void)state;
    uint64_t value;
    assert_int_equal(proto_varint((const uint8_t *)"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10, &value),
                     -1);
    assert_int_equal(
        proto_varint((const uint8_t *)"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11, &value), -1);
    assert_int_equal(proto_varint((const uint8_t *)"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, &value),
                     10);
}

static void refuses_lengths_beyond_the_message(void **state)
{
    (void)state;
    int malformed;
    assert_int_equal(COUNT("\x0a\x04"
                           "abc",
                           &malformed),
                     0);
    assert_true(malformed);
    /* 2^64-1 and 2^63: sums that would overflow */
    assert_int_equal(COUNT("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                           "abc",
                           &malformed),
                     0);
    assert_true(malformed);
    assert_int_equal(COUNT("\x0a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", &malformed), 0);
    assert_true(malformed);
    assert_int_equal(COUNT("\x11\x01\x02\x03\x04\x05\x06\x07", &malformed), 0);
    assert_true(malformed);
}

static void refuses_bad_tags(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\x02\x01",                 /* field 0 */
        "\x0e\x01",                 /* wire type 6 */
        "\x0f\x01",                 /* wire type 7 */
        "\x0c",                     /* an end without its group */
        "\x80\x80\x80\x80\x10\x01", /* field 2^29 */
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        int malformed;
        assert_int_equal(count_fields(bad[i], strlen(bad[i]), &malformed), 0);
        assert_true(malformed);
    }
    int malformed;
    assert_int_equal(COUNT("\xf8\xff\xff\xff\x0f\x01", &malformed), 1); /* field 2^29-1 is the last */
    assert_false(malformed);
}

static void skips_groups_with_all_in_them(void **state)
{
    (void)state;
    static const char bytes[] = "\x0b"     /* group 1 { */
                                "\x10\x01" /* 2: 1 */
                                "\x1b"     /* group 3 { */
                                "\x22\x01"
                                "x"    /* 4: "x" */
                                "\x1c" /* } 3 */
                                "\x0c" /* } 1 */
                                "\x28\x07";
    struct proto reader = proto_open(bytes, sizeof(bytes) - 1);
    struct proto_field field;
    assert_true(proto_next(&reader, &field) && field.number == 5 && field.value == 7);
    assert_false(proto_next(&reader, &field));
    assert_false(reader.malformed);
    int malformed;
    COUNT("\x0b\x10\x01\x14", &malformed); /* closed by another's end */
    assert_true(malformed);
    COUNT("\x0b\x10\x01", &malformed); /* never closed */
    assert_true(malformed);
}

static void bounds_the_depth_of_groups(void **state)
{
    (void)state;
    AUTO_STRBUF deep = {0};
    int malformed;
    for (int i = 0; i < 100000; i++)
        strbuf_putc(&deep, '\x0b');
    for (int i = 0; i < 100000; i++)
        strbuf_putc(&deep, '\x0c');
    assert_int_equal(count_fields(deep.data, deep.len, &malformed), 0);
    assert_true(malformed);
}

static void build_sample(struct strbuf *out)
{
    struct strbuf inner = {0};
    wire_number(out, 1, -1);
    wire_text(out, 2, "web-5d8");
    wire_pair(&inner, 11, "app", "web");
    wire_message(out, 3, &inner);
    strbuf_add(out, "\x21\x01\x02\x03\x04\x05\x06\x07\x08\x2d\x01\x02\x03\x04\x33\x38\x01\x34", 18);
    wire_number(out, 2000, 1);
}

static void stops_where_a_message_is_cut_off(void **state)
{
    (void)state;
    AUTO_STRBUF sample = {0};
    build_sample(&sample);
    int malformed;
    size_t all = count_fields(sample.data, sample.len, &malformed), last = 0;
    assert_int_equal(all, 6);
    assert_false(malformed);
    for (size_t len = 0; len < sample.len; len++) {
        size_t count = count_fields(sample.data, len, &malformed);
        assert_true(count >= last && count < all); /* no field is lost, none invented */
        last = count;
    }
}

static void survives_mangled_bytes(void **state)
{
    (void)state;
    AUTO_STRBUF sample = {0};
    build_sample(&sample);
    mangle(sample.data, sample.len, 20000, check_fields);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_wire_type),
        cmocka_unit_test(reads_nothing_from_nothing),
        cmocka_unit_test(reads_varints_up_to_64_bits),
        cmocka_unit_test(refuses_varints_beyond_64_bits),
        cmocka_unit_test(refuses_lengths_beyond_the_message),
        cmocka_unit_test(refuses_bad_tags),
        cmocka_unit_test(skips_groups_with_all_in_them),
        cmocka_unit_test(bounds_the_depth_of_groups),
        cmocka_unit_test(stops_where_a_message_is_cut_off),
        cmocka_unit_test(survives_mangled_bytes),
    };
    return cmocka_run_group_tests_name("observer/watch/protobuf", tests, NULL, NULL);
}
