// The calls of libssl and libcrypto that a TLS client makes. They are found when the program runs, and
// their prototypes are written down here (man pages of OpenSSL 3.0, section 3): a build needs no OpenSSL,
// and whoever speaks plain HTTP needs no library.
//
// None of them is deprecated in OpenSSL 3, nor among what 4.0 removed (ossl-removed-api(7): engines, SSLv3, methods of
// one version, custom methods of EVP), so that both have them all.
#ifndef CLINUX_OPENSSL_H
#define CLINUX_OPENSSL_H

#include <stddef.h>

// F(result, name, parameters)
#define CLINUX_OPENSSL_CALLS(F)                                                        \
  F(const char *, OpenSSL_version, (int what))                                         \
  F(void, ERR_clear_error, (void))                                                     \
  F(unsigned long, ERR_peek_last_error, (void))                                        \
  F(const char *, ERR_reason_error_string, (unsigned long error))                      \
  F(const void *, TLS_client_method, (void))                                           \
  F(void *, SSL_CTX_new, (const void *method))                                         \
  F(void, SSL_CTX_free, (void *context))                                               \
  F(long, SSL_CTX_ctrl, (void *context, int command, long number, void *pointer))      \
  F(int, SSL_CTX_set_default_verify_paths, (void *context))                            \
  F(int, SSL_CTX_load_verify_locations, (void *context, const char *file, const char *directory)) \
  F(void, SSL_CTX_set_verify, (void *context, int mode, void *callback))               \
  F(void, SSL_CTX_set_default_passwd_cb, (void *context, int (*callback)(char *, int, int, void *))) \
  F(int, SSL_CTX_use_certificate_chain_file, (void *context, const char *file))        \
  F(int, SSL_CTX_use_PrivateKey_file, (void *context, const char *file, int type))     \
  F(int, SSL_CTX_check_private_key, (const void *context))                             \
  F(int, SSL_CTX_set_alpn_protos, (void *context, const unsigned char *names, unsigned length)) \
  F(void *, SSL_new, (void *context))                                                  \
  F(void, SSL_free, (void *ssl))                                                       \
  F(void, SSL_set_bio, (void *ssl, void *input, void *output))                         \
  F(void, SSL_set_connect_state, (void *ssl))                                          \
  F(long, SSL_ctrl, (void *ssl, int command, long number, void *pointer))              \
  F(int, SSL_set1_host, (void *ssl, const char *name))                                 \
  F(void *, SSL_get0_param, (void *ssl))                                               \
  F(int, X509_VERIFY_PARAM_set1_ip_asc, (void *parameters, const char *address))       \
  F(int, SSL_do_handshake, (void *ssl))                                                \
  F(int, SSL_read_ex, (void *ssl, void *buffer, size_t size, size_t *count))           \
  F(int, SSL_peek_ex, (void *ssl, void *buffer, size_t size, size_t *count))           \
  F(int, SSL_write_ex, (void *ssl, const void *bytes, size_t size, size_t *count))     \
  F(int, SSL_get_error, (const void *ssl, int result))                                 \
  F(long, SSL_get_verify_result, (const void *ssl))                                    \
  F(const char *, X509_verify_cert_error_string, (long code))                          \
  F(const char *, SSL_get_version, (const void *ssl))                                  \
  F(const void *, SSL_get_current_cipher, (const void *ssl))                           \
  F(const char *, SSL_CIPHER_get_name, (const void *cipher))                           \
  F(void *, SSL_get1_session, (void *ssl))                                             \
  F(int, SSL_set_session, (void *ssl, void *session))                                  \
  F(int, SSL_session_reused, (const void *ssl))                                        \
  F(int, SSL_SESSION_is_resumable, (const void *session))                              \
  F(void, SSL_SESSION_free, (void *session))                                           \
  F(void, SSL_set_quiet_shutdown, (void *ssl, int mode))                               \
  F(int, SSL_shutdown, (void *ssl))                                                    \
  F(const void *, BIO_s_mem, (void))                                                   \
  F(void *, BIO_new, (const void *kind))                                               \
  F(int, BIO_read, (void *bio, void *buffer, int size))                                \
  F(int, BIO_write, (void *bio, const void *bytes, int count))                         \
  F(long, BIO_ctrl, (void *bio, int command, long number, void *pointer))

struct clinux_openssl {
#define CLINUX_FIELD(result, name, parameters) result(*name) parameters;
  CLINUX_OPENSSL_CALLS(CLINUX_FIELD)
#undef CLINUX_FIELD
};

/// The calls, or NULL where no library has them; then `clinux_openssl_missing` says what is not there.
const struct clinux_openssl *clinux_openssl(void);
const char *clinux_openssl_missing(void);

/// Takes the calls from the first of the libraries, whose names end with NULL, that has them all; 0 where
/// none has, and then `lacking` says of the last that could be opened what it lacks.
int clinux_find_openssl(const char *const *names, struct clinux_openssl *found, char *lacking,
                        size_t size);

/// Has no password for a private key: OpenSSL would ask the terminal.
int clinux_no_password(char *buffer, int size, int isForWriting, void *unused);

#endif
