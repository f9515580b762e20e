/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/clock.h"

#include <ctype.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MS_PER_SECOND 1000
#define NS_PER_MS 1000000

static atomic_llong fixed_ms = -1; /* negative: the clocks run */
static pthread_mutex_t interrupt_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t interrupt_changed = PTHREAD_COND_INITIALIZER;
static int interrupted;

static int64_t read_ms(clockid_t id)
{
    int64_t fixed = atomic_load(&fixed_ms);
    if (fixed >= 0)
        return fixed;
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * MS_PER_SECOND + now.tv_nsec / NS_PER_MS;
}

int64_t clock_now_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}

int64_t clock_monotonic_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

static struct timespec monotonic_in(int64_t ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    long ns = at.tv_nsec + (long)(ms % MS_PER_SECOND) * NS_PER_MS;
    at.tv_sec += ms / MS_PER_SECOND + ns / (MS_PER_SECOND * NS_PER_MS);
    at.tv_nsec = ns % (MS_PER_SECOND * NS_PER_MS);
    return at;
}

void clock_sleep_ms(int64_t ms)
{
    if (ms <= 0)
        return;
    if (atomic_load(&fixed_ms) >= 0) {
        atomic_fetch_add(&fixed_ms, ms);
        return;
    }
    struct timespec until = monotonic_in(ms);
    int error = 0;
    pthread_mutex_lock(&interrupt_lock);
    while (!interrupted && error == 0)
        error = pthread_cond_clockwait(&interrupt_changed, &interrupt_lock, CLOCK_MONOTONIC, &until);
    pthread_mutex_unlock(&interrupt_lock);
}

void clock_interrupt(void)
{
    pthread_mutex_lock(&interrupt_lock);
    interrupted = 1;
    pthread_cond_broadcast(&interrupt_changed);
    pthread_mutex_unlock(&interrupt_lock);
}

void clock_fix(int64_t ms)
{
    atomic_store(&fixed_ms, ms);
}

char *clock_rfc3339(int64_t ms, char out[CLOCK_RFC3339_SIZE])
{
    int64_t rest = ms % MS_PER_SECOND;
    time_t seconds = ms / MS_PER_SECOND - (rest < 0);
    rest += rest < 0 ? MS_PER_SECOND : 0;
    struct tm tm;
    gmtime_r(&seconds, &tm);
    size_t len =
        strftime(out, CLOCK_RFC3339_SIZE, "%Y-%m-%dT%H:%M:%S", &tm); /* at most 25 bytes for any ms */
    snprintf(out + len, CLOCK_RFC3339_SIZE - len, ".%03uZ", (unsigned)rest % MS_PER_SECOND);
    return out;
}

/* Reads exactly count digits and moves on; -1 when there are fewer. */
static int read_digits(const char **at, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++, (*at)++) {
        if (!isdigit((unsigned char)**at))
            return -1;
        value = value * 10 + (**at - '0');
    }
    return value;
}

/* Reads the character that must come next, in either case; 0 = it does not. */
static int skip(const char **at, char wanted)
{
    if (toupper((unsigned char)**at) != wanted)
        return 0;
    (*at)++;
    return 1;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static int read_date(const char **at, struct tm *tm)
{
    int year = read_digits(at, 4), month = skip(at, '-') ? read_digits(at, 2) : -1;
    int day = skip(at, '-') ? read_digits(at, 2) : -1;
    if (year < 0 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return 0;
    *tm = (struct tm){.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
    return 1;
}

/* Second 60 is a leap second, which RFC 3339 allows. */
static int read_time(const char **at, struct tm *tm)
{
    tm->tm_hour = read_digits(at, 2);
    tm->tm_min = skip(at, ':') ? read_digits(at, 2) : -1;
    tm->tm_sec = skip(at, ':') ? read_digits(at, 2) : -1;
    return tm->tm_hour >= 0 && tm->tm_hour < 24 && tm->tm_min >= 0 && tm->tm_min < 60 && tm->tm_sec >= 0 &&
           tm->tm_sec <= 60;
}

/* The milliseconds of ".123456", of which digits beyond the third are dropped; -1 = a point without digits.
 */
static int read_fraction_ms(const char **at)
{
    if (!skip(at, '.'))
        return 0;
    int ms = 0, digits = 0;
    for (; isdigit((unsigned char)**at); (*at)++, digits++)
        if (digits < 3)
            ms = ms * 10 + (**at - '0');
    for (int i = digits; i < 3; i++)
        ms *= 10;
    return digits ? ms : -1;
}

/* "Z", "+02:00" or nothing, which is read as UTC. */
static int read_offset_minutes(const char **at, int *minutes)
{
    *minutes = 0;
    if (skip(at, 'Z') || !**at)
        return 1;
    int sign = skip(at, '-') ? -1 : 1;
    if (sign > 0 && !skip(at, '+'))
        return 0;
    int hour = read_digits(at, 2), minute = skip(at, ':') ? read_digits(at, 2) : -1;
    *minutes = sign * (hour * 60 + minute);
    return hour >= 0 && hour < 24 && minute >= 0 && minute < 60;
}

int64_t clock_parse_rfc3339(const char *text)
{
    struct tm tm;
    const char *at = text ? text : "";
    if (!read_date(&at, &tm) || !(skip(&at, 'T') || skip(&at, ' ')) || !read_time(&at, &tm))
        return -1;
    int minutes, ms = read_fraction_ms(&at);
    if (ms < 0 || !read_offset_minutes(&at, &minutes) || *at)
        return -1;
    int64_t result = ((int64_t)timegm(&tm) - minutes * 60) * MS_PER_SECOND + ms;
    return result < 0 ? -1 : result;
}
