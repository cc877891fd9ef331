// Package wire takes apart what document readers send, and puts it together for
// those that are simulated. A [Framer] is a function of bytes and times alone: it
// starts nothing and reads no clock. What a frame's lines mean, and how a reader
// is talked to, is the business of others.
//
// # Family "sita": SITA/CUTE blocks
//
// One block a presentation. Bytes are hexadecimal, the rest is ASCII:
//
//	OCR:        1C 02  line 0D  line 0D  [line 0D]  03 1D
//	magstripe:  0E 02  data                         03 0F
//	barcode:    1E 02  data                         03 1F
//	no read:    1C 02  03 1D
//	            |  |                                |  |
//	            |  STX                              |  EOD2; 0F is EOD1, 1F is EOD3
//	            SOD2; 0E is SOD1, 1E is SOD3        ETX
//
// The data is at most 1024 bytes. A line is 7 to 44 characters, and where
// there is no third line neither its data nor its CR is sent. A character that
// the reader could not recognise is replaced, never left out. (Access ATB420
// Series Service Manual rev. 6, p. 21; DESKO Misc. Reader Interface
// Specification for CUTE System 2.12, 7 000 310 001.) Start and end bytes can
// stand inside noise, so only the pair of a start byte and STX begins a frame,
// and it does so even within another frame: that one lost its end.
//
// # Family "lines": pushed text
//
// No start, no end: lines, each ended by CR, LF or CR LF, and then silence.
//
//	TD3:  44 cells 0D [0A]  44 cells [0D [0A]]
//	TD1:  30 cells 0D [0A]  30 cells 0D [0A]  30 cells [0D [0A]]
//
// Many OCR scanners that appear as a serial port talk so; no manual binds
// them, which is why the profile's values are defaults and no maker's promise.
// The line end that makes the lines a whole zone of Doc 9303 (2 of 44, 2 of
// 36, 3 of 30) completes the frame at once; any other frame is completed by
// an idle gap.
//
// # Family "muse": ARINC/MUSE frames
//
//	OCR:  02 C1  line 10 0D  line 10 0D  [line 10 0D]  03 crc crc
//	      |  |        |  |                             |  |
//	      |  DID      |  CR                            |  CRC-16 of STX to ETX
//	      STX         DLE                              ETX
//
// The DID's high nibble is A for magstripe, B for barcode and C for OCR, its
// low one the device's number. Each byte of data below 20 has a DLE before it,
// which counts to the 1024 bytes of data and not to the CRC; of 10 10 the first
// is the DLE. The CRC is sent as it is and may hold any byte. (Access ATB420
// Series Service Manual rev. 6, p. 24.) Which CRC it is, the order of its
// bytes, lines within the data and the empty frame for a failed read are not
// in that page: CRC-16/ARC, low byte first, is a default.
//
// Only the pair of STX and a DID begins a frame, and it does so also within
// another unless a DLE stands before it. A frame whose CRC does not fit is
// searched for the beginning of the next: the CRC itself may have been lost,
// or the DLE have been the last that came of it.
//
// # Family "rte": 3M RTE messages
//
//	01  [length]  4F 55  02  [flag]  line 0D  line 0D  line 0D  03  [BCC]
//	|             |  |   |                                      |
//	SOH           |  |   STX                                    ETX
//	              |  'U', unsolicited data
//	              'O', the optical device
//
// There are three slots for lines. A zone stands in the last ones, and of a line
// that it has not the CR is sent all the same. Lines are padded with '_', to
// 44 cells where there are two and to 30 where there are three. (3M RTE6701-OEM
// Integration Manual VC27U, p. 26; that length and BCC can be there, 3M's
// reader interface.) How long the length is, what it counts, and what the BCC
// is of, are not in that page: all are settings, and their defaults ours.
//
// Any other two letters before STX make an answer, such as the one to "Enable
// device"; it is told with the letters, which tell it from an error. SOH with
// the length, two letters and STX behind it begins a message also within another.
//
// # Family "tlv": Elyctis frames
//
//	zone:     49 00 5B  line 0D  line 0D 0D
//	no read:  49 00 00
//	answer:   43 00 01  01
//	          |  |      data
//	          |  length of the data, high byte first
//	          command, as the host sent it
//
// 'I' (49) answers an inquiry, 'L' (4C) one of an area of one line; the host
// uses the same form. (Elyctis Scanner Command Set v1.7.) The CRs at the ends
// and the frame without data are inferred from a client. Card states tell that
// a document came or went; their command and data are in no page that we have,
// so that a profile has to say them.
//
// There is no start byte and no checksum: once a byte is lost, nothing that
// follows can be told from data. So a command that is no letter and a length
// above the maximum lose all up to an idle gap, and what an idle gap interrupts
// is over.
//
// # Family "stx": text between STX and ETX
//
//	02  line 0D 0A  line [0D 0A]  03  [checksum]  [0D 0A]
//
// Lines end with CR, LF or CR LF, or are run together. Checksum and what it is
// of are settings, as makers differ. ACK and NAK at the edges are left out, as a
// client of such a reader does (PrehKeyTec MC147); between two frames they and
// line ends mean nothing. STX begins a frame also within another.
//
// With payload "json", what stands between is a type and an object (EST-100PR-NZ,
// coreui.cn/news/506297):
//
//	02  CameraData:{"data":"line\nline","type":"PassPort"}  03 0D 0A
//	02  PCSign:{"stage":"readStart","type":"PassPort"}  03 0D 0A
//
// PCSign tells that reading began or, with readEnd, ended; that the document
// came and went with it is inferred. Any other type, such as EidlinkResult, is
// told by its name alone.
//
// # Family "keys": keyboard wedges
//
// The reader is a keyboard, and the stream is what the kernel says of its keys:
// struct input_event of linux/input.h, 24 bytes where a word has 64 bits and 16
// where it has 32. A record is two words of time and
//
//	type   code   value
//	04 00  04 00  33 00 07 00   MSC_SCAN, the device's own name of the key: ignored
//	01 00  33 00  01 00 00 00   EV_KEY, KEY_COMMA: 1 down, 0 up, 2 held down: ignored
//	00 00  00 00  00 00 00 00   EV_SYN, SYN_REPORT, the end of what happened at once
//	00 00  03 00  00 00 00 00   EV_SYN, SYN_DROPPED: the kernel had no room
//
// and `<` on an American keyboard is four of the first three: Shift down, comma
// down, comma up, Shift up. What a key types depends on the layout that was
// set in the reader (AISKBL of Access-IS, LSR118 manual p. 22, whose ten are
// known here). Who set it is seldom asked, so each layout that the profile
// allows is tried, and the check digits of the zone teach which one it is. Cells
// that stay open, Y and Z in a name, are a [Reject] until a zone has taught them;
// naming the layout in the profile spares that. Characters can also be typed by
// their number, on the keypad with Alt held, whatever the layout: "A = ALT65"
// (PrehKeyTec manual p. 21).
//
// Enter or Tab ends a line, and so does an idle gap. As in family "lines", the line
// that makes the lines a whole zone completes the frame, and so does a line of 88,
// 72 or 90 cells, which is delivered as one. Small letters count as
// capitals. After SYN_DROPPED the rest of the scan is left out, as a line
// with a hole in it can be another document's. That Enter ends a line, 250 ms
// and 256 characters are defaults and no maker's promise.
//
// # Family "hid": HID reports
//
// Reports of 64 bytes, of the Access-IS readers as "HID POS" (LSR118 manual p. 68,
// ATR110 p. 33, LSR116 p. 26):
//
//	02  38  5D 6F 30  data ... 56 bytes, unused ones 00  73  00  01
//	|   |   |         |                                  |   |   bit 0: more follows
//	id  |   |         from byte 5                        |   reserved
//	    |   AIM identifier                               further identifier
//	    length of the data
//
// The manuals draw barcodes. That a zone comes so too, in lines ended by CR, LF or
// CR LF, which AIM identifier it has, and that no data is a failed read,
// is no maker's word but a default. So a zone is told by its shape, unless the
// profile says how its AIM identifiers begin. A command is answered by its first byte, 90 for
// done or 69 for failed, and zeros (ATR110 manual, barcode and NFC version, p. 55);
// the answer is delivered as those two bytes. Reports bear no number: that one was
// lost shows in the shape alone.
//
// # Family "json": helper programs
//
// For page readers that only a maker's library can talk to. A program beside us
// links it, and says on its standard output, in one line of JSON each:
//
//	{"type":"read","lines":["P<UTO...","L898902C..."]}   a zone
//	{"type":"noread"}                                    a document that could not be read
//	{"type":"presence","in":true}                        a document was put there; false: taken away
//	{"type":"answer","text":"..."}                       to a command
//	{"type":"log",...}                                   is left out, and never logged
//
// Fields that are not named here are ignored. A type that is not is an answer
// of that type's name, which is small letters, - and _, 32 at most. A line is ended by LF
// or CR LF and has 1024 bytes at most. Lines that do not begin with { are taken for
// what the library prints, and are noise. Commands go the other way, as the bytes of a profile, such
// as {"command":"arm"} and LF. The form is ours.
//
// # Family "imager": imagers that take commands
//
//	zone:     44 cells 44 cells 0D
//	rows:     44 cells 0D  44 cells 0D
//	command:  16 4D 0D  ocrena1  21
//	answer:   ocrena1  06  21
//	          |        |   '!', or '.' where it was stored for good
//	          |        ACK; 05 is ENQ, unknown, and 15 NAK, out of range
//	          the command
//
// (Honeywell N86 manual p. 163, N431X p. 170; Access-IS LSR118 p. 22, ATR110
// p. 20.) Commands may be joined by ';' or ','; that their answers are is inferred.
// A client of such an imager reads 89 bytes of a TD3 and cuts them at 44 cells.
// Documents are pushed text as in family "lines", but a line may be a whole zone,
// and a row that silence ends is a frame: others read each row by itself (Code
// CR3 V002450 p. 57).
//
// Text is an answer only where one of the three bytes ends it, so it waits for
// its end. Text before these bytes that does not begin with six letters, a tag and
// a subtag, or that holds fillers or 30 cells in a row, is a document whose end
// was lost and an answer glued to it: neither is told.
package wire
