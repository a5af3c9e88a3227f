# shellcheck shell=bash
# Unpacks a GPU in software (SwiftShader, from Debian's chromium-common) into a temporary folder, so that the tests on
# WebGPU run. Changes nothing of the system, and quietly does nothing where there is no apt-get, network or permission.
softwareGpu() {
  [ -z "${VK_ICD_FILENAMES:-}" ] && [ "$(uname -sm)" = 'Linux x86_64' ] || return 0
  command -v apt-get dpkg-deb timeout > /dev/null || return 0
  local folder icd
  folder=$(mktemp -d)
  (
    cd "$folder" || exit 1
    fetch() { timeout 30 apt-get download -q chromium-common libvulkan1; }
    fetch || { timeout 25 apt-get update -q && fetch; } || exit 1
    for package in *.deb; do dpkg-deb -x "$package" . || exit 1; done
  ) > /dev/null 2>&1 || return 0
  icd=$folder/usr/lib/chromium/vk_swiftshader_icd.json
  [ -f "$icd" ] || return 0
  export VK_ICD_FILENAMES=$icd
  export LD_LIBRARY_PATH=$folder/usr/lib/x86_64-linux-gnu${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  export XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-$folder}
  echo "software GPU: $icd"
}
