/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_MPS2_AN385_REGISTERS_H
#define ASSENT_BOARD_MPS2_AN385_REGISTERS_H

#include "port/cortex_m/registers.h"

/* Peripherals of the MPS2 with application note 385 that the drivers use (Arm DAI 0385, s. 3). The offsets
 * stand with each driver. */
#define MPS2_UART0   0x40004000U
#define MPS2_LAN9118 0x40200000U

#endif
