// Package keys keeps the secrets of a device: the device secret, from which the
// key that its store is sealed with is derived, and the keys of its lists. It
// says how they lie on the disk, what opens them and how they are destroyed; it
// knows nothing of the store, nor of the configuration.
//
// A [Ring] is a folder with these files, all of mode 0600:
//
//	device.key   the device secret, 32 random bytes, sealed by a Provider
//	<list>.key   the key of a list: sealed under the device secret, or the 32
//	             plain bytes as they were put there, until a Ring takes them in
//	<name>.kept  a secret of another part of the device, of 32 bytes, sealed under
//	             the device secret
//	.*           unfinished files, which are overwritten when keys are erased
//
// A key file has two lines, the first with the hash of the second, so that what
// was damaged is told from what is opened with the wrong key:
//
//	portcullis device key 1 <SHA-256 of the rest of the file, 64 digits of hex>
//	{"provider":"machine","params":{...},"sealed":"<base64>"}
//
//	portcullis list key 1 <SHA-256 of the rest of the file>
//	{"sealed":"<base64>"}
//
//	portcullis kept secret 1 <SHA-256 of the rest of the file>
//	{"sealed":"<base64>"}
//
// Sealed is a nonce of 24 bytes and XChaCha20-Poly1305 over the 32 bytes. Its
// additional data is the first line without the hash, then for device.key a
// zero byte, the provider, a zero byte and the params as they stand; for a list
// or a kept secret a zero byte and its name. Keys are derived from the device secret by
// HKDF-SHA256 without a salt, with these labels: "portcullis store seal",
// "portcullis list keys", "portcullis kept secrets".
//
// The key that seals device.key is the provider's affair:
//
//	passphrase   Argon2id of a passphrase; params hold salt and cost
//	machine      Argon2id of identifiers of the board that do not lie on its
//	             disk; params hold salt, cost and the kinds of identifiers
//	tpm          a random key in an NV index of a TPM 2.0; params hold where it
//	             is, its authorization value, and whose TPM it is
//
// Erasing overwrites device.key in place with one that says so, in one write
// that needs no room on the disk. That is why there is no marker beside it that
// could be missing:
//
//	{"provider":"tpm","erased":true,"params":{...}}
//
// Params are there only while the provider has something left to destroy.
package keys
