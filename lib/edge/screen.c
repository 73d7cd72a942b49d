#include "edge/screen.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "edge/file.h"

bool
screen_on(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term && *term && strcmp(term, "dumb") != 0;
}

bool
screen_possible(void)
{
	return screen_on(STDOUT_FILENO);
}

static void
say(const char *text)
{
	file_write_all(STDOUT_FILENO, text, strlen(text));
}

void
screen_open(struct screen *s)
{
	struct termios t;

	if (s->open)
		return;
	s->open = true;
	if (tcgetattr(STDIN_FILENO, &s->keys) == 0) {
		t = s->keys;
		t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		s->raw = tcsetattr(STDIN_FILENO, TCSANOW, &t) == 0;
	}
	say("\033[?1049h\033[?25l\033[H\033[2J");
}

void
screen_close(struct screen *s)
{
	if (!s->open)
		return;
	s->open = false;
	say("\033[0m\033[?25h\033[?1049l");
	if (s->raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &s->keys);
	s->raw = false;
}

void
screen_size(size_t *width, size_t *height)
{
	struct winsize w = {0};

	*width = 80;
	*height = 24;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) < 0)
		return;
	if (w.ws_col > 0)
		*width = w.ws_col;
	if (w.ws_row > 0)
		*height = w.ws_row;
}

/*
 * Each line is cleared before it is written: behind its last column the cursor may
 * still be on it.  What is below is cleared from a line of its own; on a full screen
 * there is none, and a newline would move all of it up.  Terminals that know mode
 * 2026 show nothing of it until its end.
 */
bool
screen_draw(const char *lines, size_t n)
{
	size_t width, height, count = 1;
	struct buf b = {0};
	bool done;

	screen_size(&width, &height);
	if (n > 0 && lines[n - 1] == '\n')
		n--;
	buf_puts(&b, "\033[?2026h\033[H\033[K");
	for (size_t i = 0; i < n; i++) {
		buf_putc(&b, lines[i]);
		if (lines[i] != '\n')
			continue;
		buf_puts(&b, "\033[K");
		count++;
	}
	if (count < height)
		buf_puts(&b, "\n\033[J");
	buf_puts(&b, "\033[?2026l");
	done = file_write_all(STDOUT_FILENO, b.data, b.len);
	buf_free(&b);
	return done;
}
