// Package evdev opens input devices, /dev/input/event*, for readers that type what
// they read as a keyboard does, and delivers the kernel's records of what their
// keys do. What the keys mean is the business of others.
//
// The device is grabbed (EVIOCGRAB), so that nothing else hears it: without that, every
// document is also typed into the login of the console, and its zone ends in the log
// of failed logins. Only one program can have the grab, which makes the device
// exclusive too. A key that is down at the grab goes up without anybody hearing
// of it, and what was typed before it is thrown away here: so a stream begins with no
// key down and nothing typed.
//
// A read gives whole records, struct input_event of linux/input.h. The kernel keeps 64 of
// them for a program that is slow to read, which is five capital letters, and then says
// SYN_DROPPED in a record of its own. So whoever reads does nothing else that waits.
package evdev
