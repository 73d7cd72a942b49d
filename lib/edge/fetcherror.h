#ifndef FODNS_FETCHERROR_H
#define FODNS_FETCHERROR_H

#include "edge/fetch.h"

/* The fixed list of what can go wrong with a request: sets end and error. For fetch.c. */
void fetch_error_connect(int err, struct fetch_result *res); /* errno of the connection */
void fetch_error_curl(int code, struct fetch_result *res);   /* a CURLcode other than 0 */

#endif
