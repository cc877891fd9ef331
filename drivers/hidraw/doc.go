// Package hidraw opens HID devices as the kernel hands them out unparsed,
// /dev/hidraw*, for readers that send their documents in HID reports. What is in
// the reports is the business of others.
//
// One read is one report, as the device sent it: first its id, where the device numbers
// its reports, then its data, not padded. One write is one report too, and begins
// with its id, or 0 where the device does not number them. The kernel sends it in a control
// transfer where the device has no endpoint for it, and that can take five seconds.
//
// Any number of programs can open such a device, and each gets all reports. So the node
// is locked; see package tty.
package hidraw
