// Package drivertest says what a driver has to keep, in tests that every driver
// of a kind runs: over its simulated device and over a fake of the hardware's
// traps. TestReader, TestGate, TestLights, TestBuzzer and TestDisplay hold a device to the
// contract in package drivers, as seen from outside: by its lines, and never by
// what the driver says of itself alone. TestLine does so for a line of package gpio.
//
// A Chip is a GPIO chip as the kernel offers it, by its own interface or by the
// pins that periph.io puts on top, and it reproduces what makes them dangerous. An
// OLED is the other end of the bus of a display.
//
// Only tests import this package.
package drivertest
