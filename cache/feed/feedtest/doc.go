// Package feedtest helps to test both ends of the release format: a publisher
// that signs whatever a test needs, and a device that holds lists in memory
// and believes nothing but roots.
package feedtest
