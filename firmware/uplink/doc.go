// Package uplink tells central how a device is, and does what central orders:
// it sends a heartbeat as often as central wants, obeys each order once, and
// reports what came of it, also after a restart. The lane does not depend on it:
// that central is absent is no fault.
//
// The file of orders says how far each order has come. It is replaced as a whole
// before an order is begun, when it is done, and when central knows:
//
//	{"orders":[{"id":"01J...","kind":"erase","done":true,"problem":"","told":false}]}
//
// An order that was begun and not done when power failed is begun again: both
// orders can be. A file that cannot be written stops no order, as a device must
// be erasable with its disk full; that an order was obeyed is then forgotten
// with the process.
package uplink
