#ifndef FODNS_TLSERROR_H
#define FODNS_TLSERROR_H

/* What went wrong with TLS, in words from a fixed list, whoever made the handshake. */
const char *tls_certificate_error(long result); /* of OpenSSL's verification, X509_V_ERR_... */
const char *tls_handshake_error(int reason);    /* of OpenSSL's error, SSL_R_...; 0: another */
/* What a server said of our certificate, if that is what "... error:0A00045C:..." is about; NULL. */
const char *tls_client_error(const char *said);

/* The same for an error that OpenSSL has put into words, which text has among others. */
const char *tls_handshake_said(const char *text);

#endif
