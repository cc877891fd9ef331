package rollouttest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Publish makes release N of a list in a repository folder: metadata without
// signatures, a manifest, and one file of the list of a size. It returns the
// root of the release.
func Publish(t testing.TB, dir, list string, sequence uint64, size int) (root string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Join(dir, list), 0o755))
	content := make([]byte, size)
	for i := range content {
		content[i] = byte(uint64(i)*sequence + uint64(i>>8))
	}
	root = digest(content)
	name := fmt.Sprintf("%d-snapshot-%s.bin", sequence, root[:12])
	put(t, dir, list+"/"+name, content)
	manifest, err := json.Marshal(map[string]any{
		"sequence": sequence, "root": root, "records": size, "issued": "2026-11-01T12:00:00Z",
		"files": []map[string]any{{"name": name, "size": size}},
	})
	must(t, err)
	hash := digest(manifest)
	put(t, dir, list+"/"+hash+".release.json", manifest)
	put(t, dir, "1.root.json", []byte(`{"signed":{"version":1}}`))
	put(t, dir, fmt.Sprintf("%d.list.json", sequence), fmt.Appendf(nil, `{"signed":{"targets":{"%s/release.json":{"hashes":{"sha256":"%s"}}}}}`, list, hash))
	put(t, dir, "1.targets.json", []byte(`{"signed":{"version":1}}`))
	put(t, dir, fmt.Sprintf("%d.snapshot.json", sequence), fmt.Appendf(nil, `{"signed":{"meta":{"targets.json":{"version":1},"list.json":{"version":%d}}}}`, sequence))
	put(t, dir, "timestamp.json", fmt.Appendf(nil, `{"signed":{"meta":{"snapshot.json":{"version":%d}}}}`, sequence))
	return root
}

func put(t testing.TB, dir, name string, data []byte) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), data, 0o644))
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
