#ifndef FODNS_NOTIFY_H
#define FODNS_NOTIFY_H

/*
 * The sd_notify protocol: one datagram to $NOTIFY_SOCKET, "READY=1",
 * "RELOADING=1", "STOPPING=1", "STATUS=…", several separated by newlines.
 * Without the variable, or when it cannot be sent, nothing happens.
 */
void notify_send(const char *text);

#endif
