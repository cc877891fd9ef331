package guest

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// A module is a part of the kernel that is loaded into it.
type module struct {
	name string
	code []byte
}

// modulesOf returns modules of a kernel, and those that they need, in an order in
// which they can be loaded. What is built into the kernel is left out. Packages of
// kernels bring no modules.dep, which a machine makes when it installs one; so what
// a module needs is read from itself.
func modulesOf(k kernel, names ...string) ([]module, error) {
	files, err := moduleFiles(k)
	if err != nil {
		return nil, err
	}
	loaded := make(map[string][]byte)
	order, err := inOrder(names, func(name string) ([]string, error) {
		if files[name] == "" {
			return nil, fmt.Errorf("kernel %s has no module %s", k.release(), name)
		}
		code, err := unpacked(files[name])
		if err != nil {
			return nil, err
		}
		loaded[name] = code
		return needs(code)
	}, k.builtin)
	if err != nil {
		return nil, err
	}
	var all []module
	for _, name := range order {
		all = append(all, module{name: name, code: loaded[name]})
	}
	return all, nil
}

// inOrder returns names and what they need, each after all that it needs.
func inOrder(names []string, needs func(string) ([]string, error), builtin map[string]bool) (order []string, err error) {
	seen := make(map[string]bool)
	var add func(names []string) error
	add = func(names []string) error {
		for _, name := range names {
			name = moduleName(name)
			if seen[name] || builtin[name] {
				continue
			}
			seen[name] = true
			need, err := needs(name)
			if err != nil {
				return err
			}
			if err := add(need); err != nil {
				return fmt.Errorf("module %s: %w", name, err)
			}
			order = append(order, name)
		}
		return nil
	}
	return order, add(names)
}

// moduleName returns the name of a module as the kernel has it, whatever its file
// is called.
func moduleName(file string) string {
	name, _, _ := strings.Cut(filepath.Base(file), ".ko")
	return strings.ReplaceAll(name, "-", "_")
}

func moduleFiles(k kernel) (map[string]string, error) {
	files := make(map[string]string)
	err := filepath.WalkDir(filepath.Join(k.modules, "kernel"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.Contains(d.Name(), ".ko") {
			files[moduleName(path)] = path
		}
		return err
	})
	return files, err
}

// unpacked returns a module as the linker left it.
func unpacked(path string) ([]byte, error) {
	if filepath.Ext(path) != ".xz" {
		return os.ReadFile(path)
	}
	code, err := exec.Command("xz", "--decompress", "--stdout", path).Output()
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", path, err)
	}
	return code, nil
}

// needs returns which modules a module says that it needs. Its section .modinfo
// holds texts KEY=VALUE, each ended by 00; "depends" has names with commas.
func needs(code []byte) ([]string, error) {
	file, err := elf.NewFile(bytes.NewReader(code))
	if err != nil {
		return nil, err
	}
	section := file.Section(".modinfo")
	if section == nil {
		return nil, errors.New("a module without .modinfo")
	}
	info, err := section.Data()
	if err != nil {
		return nil, err
	}
	for text := range strings.SplitSeq(string(info), "\x00") {
		if list, ok := strings.CutPrefix(text, "depends="); ok {
			return slices.DeleteFunc(strings.Split(list, ","), func(s string) bool { return s == "" }), nil
		}
	}
	return nil, nil
}
