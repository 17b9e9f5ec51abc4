/* SPDX-License-Identifier: MIT */
/* Reads lwIP's statistics. */
#include "port/lwip/counters.h"

#include <lwip/memp.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/stats.h>

#if MEM_STATS || MEMP_STATS
static void pool(struct assent_writer *w, const char *name, const struct stats_mem *stats)
{
    assent_writer_text(w, "\"");
    assent_writer_text(w, name);
    assent_writer_text(w, "\":{\"used\":");
    assent_writer_decimal(w, stats->used);
    assent_writer_text(w, ",\"max\":");
    assent_writer_decimal(w, stats->max);
    assent_writer_text(w, ",\"err\":");
    assent_writer_decimal(w, stats->err);
    assent_writer_text(w, ",\"size\":");
    assent_writer_decimal(w, stats->avail);
    assent_writer_text(w, "},");
}
#endif

static unsigned length(const struct tcp_pcb *list)
{
    unsigned count = 0;

    for (; list != NULL; list = list->next) {
        count++;
    }
    return count;
}

unsigned assent_lwip_count_active(void)
{
    return length(tcp_active_pcbs);
}

unsigned assent_lwip_count_time_wait(void)
{
    return length(tcp_tw_pcbs);
}

unsigned assent_lwip_count_dropped(void)
{
    return lwip_stats.link.drop;
}

void assent_lwip_counters(struct assent_writer *w)
{
#if MEM_STATS
    pool(w, "heap", &lwip_stats.mem);
#endif
#if MEMP_STATS
    pool(w, "tcp_pcb", lwip_stats.memp[MEMP_TCP_PCB]);
    pool(w, "tcp_seg", lwip_stats.memp[MEMP_TCP_SEG]);
    pool(w, "altcp_pcb", lwip_stats.memp[MEMP_ALTCP_PCB]);
    pool(w, "pbuf", lwip_stats.memp[MEMP_PBUF]);
    pool(w, "pbuf_pool", lwip_stats.memp[MEMP_PBUF_POOL]);
    pool(w, "sys_timeout", lwip_stats.memp[MEMP_SYS_TIMEOUT]);
#endif
    assent_writer_text(w, "\"tcp_active\":");
    assent_writer_decimal(w, assent_lwip_count_active());
    assent_writer_text(w, ",\"tcp_time_wait\":");
    assent_writer_decimal(w, assent_lwip_count_time_wait());
    assent_writer_text(w, ",\"frames_dropped\":");
    assent_writer_decimal(w, assent_lwip_count_dropped());
}
