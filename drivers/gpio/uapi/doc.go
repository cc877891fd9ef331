// Package uapi asks Linux for single lines of a GPIO chip, by version 2 of the
// interface of /dev/gpiochipN (Linux 5.10 and later; include/uapi/linux/gpio.h).
//
// A line is asked for whole: direction, polarity, pull, edges and the first level
// of an output are one request, so that an output takes its level in the moment
// in which it becomes one, and nothing that reads a line can turn it around. The
// kernel gives a line to one holder at a time (EBUSY), and takes it back when the
// file is closed or the program ends; it may then be an input again, or not
// (docs.kernel.org, gpio-v2-get-line-ioctl).
//
// Each request is an ioctl on a record in the machine's byte order:
//
//	GPIO_GET_CHIPINFO           8044B401  chip: what is it?
//	  0 name[32]  32 label[32]  64 lines u32
//	GPIO_V2_GET_LINEINFO        C100B405  chip: what is line N, and who holds it?
//	  0 name[32]  32 consumer[32]  64 offset u32  68 num_attrs u32  72 flags u64
//	  80 attrs[10]{id u32, 0 u32, value u64}  240 0[16]
//	GPIO_V2_GET_LINE            C250B407  chip: a line, as a file of its own
//	  0 offsets[64] u32  256 consumer[32]
//	  288 flags u64  296 num_attrs u32  300 0[20]
//	  320 attrs[10]{id u32, 0 u32, value u64, mask u64}
//	  560 num_lines u32  564 event_buffer_size u32  568 0[20]  588 fd s32
//	GPIO_V2_LINE_GET_VALUES     C010B40E  line: 0 bits u64  8 mask u64
//	GPIO_V2_LINE_SET_VALUES     C010B40F  line: the same
//
// An attribute is 2 for the level of an output, as a bit mask, or 3 for the
// debounce time in microseconds; its mask says for which lines of the request.
// Levels are logical: 1 is active, whatever the polarity. Reading the file of a
// line gives its edges, oldest first:
//
//	0 timestamp u64 (ns, CLOCK_MONOTONIC)  8 id u32 (1 rising, 2 falling)
//	12 offset u32  16 seqno u32  20 line_seqno u32  24 0[24]
//
// The kernel keeps a few edges of a line and drops the oldest when nobody reads
// them; a step in line_seqno tells.
//
// The package knows no board and decides nothing. It imports nothing of ours.
package uapi
