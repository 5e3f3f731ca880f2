/*
 * An Arduino Uno to test against: runs an ATmega328P program in simavr, gives it a serial port
 * (a pty) and tells what its pins really do.
 *
 *   simavr_uno FIRMWARE.hex
 *
 * The first line on standard output is {"port": "/dev/pts/N"}. Then one command a line on
 * standard input, one JSON line in answer:
 *
 *   pins               {"ms": simulated time, "sent": bytes the program has sent,
 *                       "pins": [[driven, level, pulse_us, duty_pct], ...]} for D0..D13 and
 *                      A0..A5; pulse and duty are measured from the edges
 *   adc CHANNEL MV     put MV millivolts on an analog input
 *   inject HEX         put bytes on the host's side of the line, as if the board had sent them
 *   reset              press the reset button
 *
 * It runs at most at real time and often slower. It ends when standard input ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <avr_adc.h>
#include <avr_ioport.h>
#include <avr_uart.h>
#include <sim_avr.h>
#include <sim_hex.h>

#define FREQUENCY 16000000u
#define PINS 20
#define SLICE (FREQUENCY / 1000) /* cycles between two looks at the outside world */
#define QUIET (FREQUENCY / 10)   /* edges further apart are single switchings */

struct pin {
    uint32_t level, driven;
    avr_cycle_count_t rise, fall; /* of the last edge, 0 before the first */
    avr_cycle_count_t high, period;
};

static avr_t *avr;
static struct pin pins[PINS];
static int line_fd = -1;
static int uart_ready = 1;
static unsigned long sent; /* bytes the program has put on its serial line */

/* D0..D7 are port D, D8..D13 port B, A0..A5 port C. */
static int pin_of(char port, int bit) { return port == 'D' ? bit : port == 'B' ? 8 + bit : 14 + bit; }

static void on_pin(struct avr_irq_t *irq, uint32_t value, void *param)
{
    struct pin *pin = param;
    avr_cycle_count_t now = avr->cycle;
    (void)irq;
    value = value & 1;
    if (value == pin->level)
        return;
    pin->level = value;
    if (value) {
        pin->period = pin->rise ? now - pin->rise : 0;
        pin->rise = now;
    } else {
        pin->high = now - pin->rise;
        pin->fall = now;
    }
}

static void on_direction(struct avr_irq_t *irq, uint32_t value, void *param)
{
    char port = *(char *)param;
    (void)irq;
    for (int bit = 0; bit < (port == 'D' ? 8 : 6); bit++)
        pins[pin_of(port, bit)].driven = value >> bit & 1;
}

static void on_uart(struct avr_irq_t *irq, uint32_t value, void *param)
{
    uint8_t byte = value;
    (void)irq, (void)param;
    sent++;
    if (write(line_fd, &byte, 1) < 0 && errno != EAGAIN)
        exit(1);
}

static void on_xon(struct avr_irq_t *irq, uint32_t value, void *param)
{
    (void)irq, (void)value, (void)param;
    uart_ready = 1;
}

static void on_xoff(struct avr_irq_t *irq, uint32_t value, void *param)
{
    (void)irq, (void)value, (void)param;
    uart_ready = 0;
}

static void load(const char *path)
{
    uint32_t size = 0, start = 0;
    uint8_t *code = read_ihex_file(path, &size, &start);
    avr = avr_make_mcu_by_name("atmega328p");
    if (!code || !avr) {
        fprintf(stderr, "simavr_uno: cannot load %s\n", path);
        exit(1);
    }
    avr_init(avr);
    avr->frequency = FREQUENCY;
    avr->vcc = avr->avcc = avr->aref = 5000;
    memcpy(avr->flash + start, code, size);
    free(code);
    avr->codeend = avr->flashend;
}

static void watch_pins(void)
{
    static char ports[] = "BCD";
    for (char *port = ports; *port; port++) {
        avr_irq_t *irq = avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ(*port), 0);
        for (int bit = 0; bit < (*port == 'D' ? 8 : 6); bit++)
            avr_irq_register_notify(irq + bit, on_pin, &pins[pin_of(*port, bit)]);
        avr_irq_register_notify(irq + IOPORT_IRQ_DIRECTION_ALL, on_direction, port);
    }
}

static void connect_uart(void)
{
    uint32_t flags = 0;
    avr_irq_t *irq = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), 0);
    avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
    flags &= ~(AVR_UART_FLAG_STDIO | AVR_UART_FLAG_POLL_SLEEP);
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    avr_irq_register_notify(irq + UART_IRQ_OUTPUT, on_uart, NULL);
    avr_irq_register_notify(irq + UART_IRQ_OUT_XON, on_xon, NULL);
    avr_irq_register_notify(irq + UART_IRQ_OUT_XOFF, on_xoff, NULL);
}

/* Our own open slave keeps the line alive while no host holds it. */
static void open_line(void)
{
    int slave;
    char path[128];
    struct termios raw;
    if (openpty(&line_fd, &slave, path, NULL, NULL) < 0) {
        perror("simavr_uno: openpty");
        exit(1);
    }
    tcgetattr(slave, &raw);
    cfmakeraw(&raw);
    tcsetattr(slave, TCSANOW, &raw);
    fcntl(line_fd, F_SETFL, O_NONBLOCK);
    printf("{\"port\": \"%s\"}\n", path);
    fflush(stdout);
}

static void feed_uart(void)
{
    uint8_t byte;
    avr_irq_t *irq = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT);
    while (uart_ready && read(line_fd, &byte, 1) == 1)
        avr_raise_irq(irq, byte);
}

static void tell_pins(void)
{
    unsigned long long ms = avr->cycle / (FREQUENCY / 1000);
    printf("{\"ms\": %llu, \"sent\": %lu, \"pins\": [", ms, sent);
    for (int i = 0; i < PINS; i++) {
        struct pin *pin = &pins[i];
        avr_cycle_count_t edge = pin->rise > pin->fall ? pin->rise : pin->fall;
        int moving = pin->period && pin->period < QUIET && avr->cycle - edge < 2 * pin->period;
        double pulse = moving ? pin->high * 1e6 / FREQUENCY : 0;
        double duty = moving ? 100.0 * pin->high / pin->period : pin->level * 100.0;
        printf("%s[%u, %u, %.1f, %.2f]", i ? ", " : "", pin->driven, pin->level, pulse, duty);
    }
    printf("]}\n");
}

static void inject(const char *hex)
{
    unsigned byte;
    for (; sscanf(hex, "%2x", &byte) == 1; hex += 2) {
        uint8_t out = byte;
        if (write(line_fd, &out, 1) < 0)
            perror("simavr_uno: inject");
    }
}

static void obey(const char *line)
{
    int channel, millivolts;
    if (!strcmp(line, "pins")) {
        tell_pins();
    } else if (sscanf(line, "adc %d %d", &channel, &millivolts) == 2) {
        avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_ADC0 + channel), millivolts);
        printf("{}\n");
    } else if (!strncmp(line, "inject ", 7)) {
        inject(line + 7);
        printf("{}\n");
    } else if (!strcmp(line, "reset")) {
        avr_reset(avr);
        printf("{}\n");
    } else {
        printf("{\"error\": \"unknown command\"}\n");
    }
    fflush(stdout);
}

static void hear_commands(void)
{
    static char line[256];
    static size_t used;
    char byte;
    ssize_t got;
    while ((got = read(STDIN_FILENO, &byte, 1)) == 1) {
        if (byte != '\n' && used < sizeof line - 1) {
            line[used++] = byte;
        } else {
            line[used] = 0;
            used = 0;
            obey(line);
        }
    }
    if (got == 0)
        exit(0);
}

/* Nothing is gained by running ahead of real time but a hot processor. */
static void wait_for_real_time(void)
{
    static struct timespec start;
    struct timespec now;
    if (!start.tv_sec)
        clock_gettime(CLOCK_MONOTONIC, &start);
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t passed_us = (now.tv_sec - start.tv_sec) * 1000000LL + (now.tv_nsec - start.tv_nsec) / 1000;
    int64_t ahead_us = (int64_t)(avr->cycle / (FREQUENCY / 1000000)) - passed_us;
    if (ahead_us > 0)
        usleep(ahead_us);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: simavr_uno FIRMWARE.hex\n");
        return 2;
    }
    load(argv[1]);
    watch_pins();
    connect_uart();
    open_line();
    fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
    for (;;) {
        avr_cycle_count_t until = avr->cycle + SLICE;
        while (avr->cycle < until) {
            int state = avr_run(avr);
            if (state == cpu_Done || state == cpu_Crashed) {
                fprintf(stderr, "simavr_uno: the program crashed\n");
                return 1;
            }
        }
        feed_uart();
        hear_commands();
        wait_for_real_time();
    }
}
