// Package devices is the inventory of a fleet: which devices there are, who may
// enrol as one, what each said of itself last, what it is told to do, and which
// copies of which lists it holds. It makes no certificates and speaks to no
// device.
//
// All of it is in memory, and every change is in a store before it has an
// effect. A store keeps values under keys:
//
//	record/<device>           who it is: site, certificates, revoked or not, orders
//	code/<device>             the code that it may enrol with, hashed
//	report/<device>           what it said last, and when
//	history/<device>/<list>   the releases of a list that it held, the last 64
//
// Records and codes are on the disk when a change returns. Reports and histories
// outlive this process at once, and a loss of power after a short while: devices
// report again within minutes.
//
// Copies of a list are accounted for as the yardstick of the European systems
// wants it, Regulation (EU) 2018/1862 Art. 56(3): off-line copies are kept for
// at most 48 hours, and there is an inventory of them. So a device that holds a
// list and was not heard for longer is overdue.
package devices
