#include "edge/tlserror.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

/* The first row of each table is for all others. */
static const struct {
	long result;
	const char *text;
} certificate_errors[] = {
    {X509_V_OK, "certificate not valid"},
    {X509_V_ERR_CERT_NOT_YET_VALID, "certificate not valid yet"},
    {X509_V_ERR_CERT_HAS_EXPIRED, "certificate expired"},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "self-signed certificate"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "self-signed certificate in the chain"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, "certificate of an unknown authority"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "certificate of an unknown authority"},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, "certificate of an unknown authority"},
    {X509_V_ERR_CERT_REVOKED, "certificate revoked"},
    {X509_V_ERR_NO_ISSUER_PUBLIC_KEY, "certificate signed by no authority"},
    {X509_V_ERR_INVALID_CA, "certificate signed by no authority"},
    {X509_V_ERR_INVALID_PURPOSE, "certificate not made for a server"},
    {X509_V_ERR_HOSTNAME_MISMATCH, "certificate is for another name"},
    {X509_V_ERR_IP_ADDRESS_MISMATCH, "certificate is for another name"},
};

const char *
tls_certificate_error(long result)
{
	size_t i = sizeof(certificate_errors) / sizeof(*certificate_errors);

	while (--i > 0 && certificate_errors[i].result != result)
		;
	return certificate_errors[i].text;
}

static const char refused[] = "client certificate refused", wanted[] = "client certificate wanted";

static const struct {
	int reason;
	const char *text;
} handshake_errors[] = {
    {0, "TLS handshake failed"},
    {SSL_R_UNEXPECTED_EOF_WHILE_READING, "connection closed"},
    {SSL_R_WRONG_VERSION_NUMBER, "not TLS"},
    {SSL_R_HTTP_REQUEST, "not TLS"},
    {SSL_R_PACKET_LENGTH_TOO_LONG, "not TLS"},
    {SSL_R_ENCRYPTED_LENGTH_TOO_LONG, "not TLS"},
    {SSL_R_RECORD_TOO_SMALL, "not TLS"},
    {SSL_R_UNEXPECTED_MESSAGE, "not TLS"},
    {SSL_R_UNSUPPORTED_PROTOCOL, "no shared TLS version"},
    {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, "no shared TLS version"},
    {SSL_R_NO_PROTOCOLS_AVAILABLE, "no shared TLS version"},
    {SSL_R_DH_KEY_TOO_SMALL, "Diffie-Hellman key too small or too large"}, /* tls.c: is_slow */
    {SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL, "no shared protocol"},
    {SSL_R_TLSV1_UNRECOGNIZED_NAME, "server does not know the name"},
    {SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, wanted},
    {SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, refused},
    {SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE, refused},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED, refused},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, refused},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, refused},
    {SSL_R_TLSV1_ALERT_UNKNOWN_CA, refused},
    {SSL_R_TLSV1_ALERT_ACCESS_DENIED, refused},
};

const char *
tls_handshake_error(int reason)
{
	size_t i = sizeof(handshake_errors) / sizeof(*handshake_errors);

	while (--i > 0 && handshake_errors[i].reason != reason)
		;
	return handshake_errors[i].text;
}

const char *
tls_handshake_said(const char *text)
{
	for (size_t i = sizeof(handshake_errors) / sizeof(*handshake_errors); --i > 0;) {
		unsigned long e = ERR_PACK(ERR_LIB_SSL, 0, handshake_errors[i].reason);
		const char *said = ERR_reason_error_string(e);

		if (said && strstr(text, said))
			return handshake_errors[i].text;
	}
	if (strstr(text, strerror(ECONNRESET)))
		return "connection reset";
	return strstr(text, "SSL_ERROR_SYSCALL") ? "connection closed" : handshake_errors[0].text;
}

const char *
tls_client_error(const char *said)
{
	const char *number = strstr(said, "error:"), *text;

	if (!number)
		return NULL;
	text = tls_handshake_error(ERR_GET_REASON(strtoul(number + 6, NULL, 16)));
	return text == refused || text == wanted ? text : NULL;
}
