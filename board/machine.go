package board

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"portcullis/drivers/sysfs"
)

// differs says how this machine is not the board of the profile, if it is not. A
// gate that hangs on the lines of another board is a warning and no error: boards
// are renamed, and a profile is often a good one for a board that it does not
// name.
func (p Profile) differs(root string) string {
	if len(p.Match) == 0 {
		return ""
	}
	model, err := sysfs.Model(root)
	if err != nil {
		return fmt.Sprintf("the profile is for %s, and %v", p.Board, err)
	}
	for _, m := range p.Match {
		if strings.HasPrefix(model, m) {
			return ""
		}
	}
	return fmt.Sprintf("the profile is for %s, and this machine says that it is %q: look that every line is what is wired to it", p.Board, model)
}

// keepsOutputs returns an error if this kernel leaves an output as it is when
// the program that drove it dies. Raspberry Pi's kernels do unless they are told
// otherwise, and a program that dies within a pulse would leave the gate open.
func keepsOutputs(root string) error {
	if root == "" {
		root = "/"
	}
	files, err := filepath.Glob(filepath.Join(root, "sys/module/*/parameters/persist_gpio_outputs"))
	if err != nil {
		return fmt.Errorf("look at the kernel's settings: %w", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("look at the kernel's settings: %w", err)
		}
		if strings.TrimSpace(string(text)) != "N" {
			return fmt.Errorf("this kernel leaves a relay closed when its program dies: " +
				"add the line dtparam=strict_gpiod to config.txt and restart (docs/wiring.md)")
		}
	}
	return nil
}
