package guest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A kernel is one that was fetched.
type kernel struct {
	image   string          // the file that a machine starts
	modules string          // the folder of its modules
	builtin map[string]bool // what is in the image, by the names of modules
}

// release returns the kernel's name of itself, as "uname -r" has it.
func (k kernel) release() string { return filepath.Base(k.modules) }

// openKernel returns the kernel in a folder that packages were unpacked into.
// Debian puts the image beside the modules since Linux 7, and into /boot before.
func openKernel(dir string) (kernel, error) {
	lists, err := filepath.Glob(filepath.Join(dir, "usr/lib/modules/*/modules.builtin"))
	if err != nil || len(lists) != 1 {
		return kernel{}, fmt.Errorf("open kernel %s: %d kernels there, want one", dir, len(lists))
	}
	k := kernel{modules: filepath.Dir(lists[0]), builtin: make(map[string]bool)}
	list, err := os.ReadFile(lists[0])
	if err != nil {
		return kernel{}, fmt.Errorf("open kernel: %w", err)
	}
	for file := range strings.FieldsSeq(string(list)) {
		k.builtin[moduleName(file)] = true
	}
	for _, image := range []string{filepath.Join(k.modules, "vmlinuz"), filepath.Join(dir, "boot/vmlinuz-"+k.release())} {
		if _, err := os.Stat(image); err == nil {
			k.image = image
			return k, nil
		}
	}
	return kernel{}, fmt.Errorf("open kernel %s: no image", dir)
}

// cached returns the folder of the kernel on this machine.
func cached() (string, error) {
	dir, err := os.UserCacheDir() // of XDG_CACHE_HOME, or of the user
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "portcullis", "guest", "kernel"), nil
}
