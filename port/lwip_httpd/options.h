/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_LWIP_HTTPD_OPTIONS_H
#define ASSENT_PORT_LWIP_HTTPD_OPTIONS_H

/* Settings of lwIP's httpd as this project uses it, for httpd's own files too. Only the port is new. */
#define HTTPD_SERVER_PORT       8080
#define LWIP_HTTPD_CUSTOM_FILES 1
#define LWIP_HTTPD_SUPPORT_POST 1

#endif
