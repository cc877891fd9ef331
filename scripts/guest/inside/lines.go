package inside

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// lineCount is how many lines the machine's GPIO chip has: those of the header of a
// Raspberry Pi, by the same numbers and names.
const lineCount = 28

// piLines is the label of the chip that a Raspberry Pi 4 has its header on, so that
// the profile of that board finds its lines.
const piLines = "pinctrl-bcm2711"

// simLines makes a GPIO chip of the kernel's gpio-sim, and returns its device and
// the folder where its lines are pulled and looked at. Line 17 is
// FOLDER/sim_gpio17/pull, "pull-up" or "pull-down", and FOLDER/sim_gpio17/value. A
// line that no program has is as it is pulled.
// (Linux, Documentation/admin-guide/gpio/gpio-sim.rst)
func simLines() (chip, folder string, err error) {
	const config = "/sys/kernel/config/gpio-sim/lane"
	if err := os.MkdirAll(config+"/bank", 0o755); err != nil {
		return "", "", err
	}
	set := func(file, text string) {
		if err == nil {
			err = os.WriteFile(filepath.Join(config, file), []byte(text), 0o644)
		}
	}
	get := func(file string) string {
		text, readErr := os.ReadFile(filepath.Join(config, file))
		if err == nil {
			err = readErr
		}
		return strings.TrimSpace(string(text))
	}
	set("bank/num_lines", fmt.Sprint(lineCount))
	set("bank/label", piLines)
	for n := range lineCount {
		if err == nil {
			err = os.Mkdir(fmt.Sprintf("%s/bank/line%d", config, n), 0o755)
		}
		set(fmt.Sprintf("bank/line%d/name", n), fmt.Sprintf("GPIO%d", n))
	}
	set("live", "1")
	name := get("bank/chip_name")
	return "/dev/" + name, filepath.Join("/sys/devices/platform", get("dev_name"), name), err
}
