// Package identity is who a device is to others: a private key, the certificate
// that central's authority gave for it, and whose certificates the device
// believes. It enrols, renews, and makes both ends of mutual TLS. It knows
// nothing of what is said over them.
//
// In the folder of keys there are:
//
//	identity.json         name, certificate, authorities, and which key it is for
//	identity-<hex>.kept   the private key, sealed by a [Vault], which dies with
//	                      the device secret
//	identity.farewell     the private key, plain, only from the moment that the
//	                      device obeys an order to erase itself until it has
//	                      reported so
//	identity.revoked      serial numbers of certificates that central has revoked:
//	                      a JSON array of hexadecimal, the last told last
//
// A new key lies under a name of its own before identity.json names it, and the
// old one is destroyed afterwards, so that a power cut leaves one whole identity.
//
// # Time
//
// A device may have been without power for months, and its clock may say 1970,
// or be wrong the other way. So time is first of all the floor: the newest time
// that a publisher of lists has signed, which the device has verified.
//
//   - No certificate is refused because it is not valid yet: it exists, so its
//     time has come, and it is the clock that is behind.
//   - Central's certificate is refused as expired only if it ended before the
//     floor. The clock is not asked, so that a device whose clock is ahead still
//     reports, renews, and obeys an order to erase itself. Whoever has stolen an
//     expired key of central can use it against devices that have seen no newer
//     list since it ended, and has no list to give them: those are signed by
//     others.
//   - Whoever comes to the device is judged at the later of clock and floor. A
//     clock that is ahead therefore shuts tools out, and never central.
//   - The device offers its own certificate though it has expired: central has a
//     period of grace, and decides.
package identity
