# Installs what a command needs. Sourced by ./demo and ./test.
#
#   install_packages PACKAGE...   Debian/Ubuntu: installs what is missing; elsewhere names it
#   stage NAME COMMAND...         runs the command, remembers its seconds; a failure ends the script
#   stage_table                   prints what was remembered

CORTICO_BUILD_PACKAGES="cmake ninja-build g++ ccache pkg-config
  libcli11-dev nlohmann-json3-dev libzip-dev zlib1g-dev libfmt-dev
  libflatbuffers-dev flatbuffers-compiler
  gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib
  libstdc++-arm-none-eabi-dev qemu-system-arm dataset-fashion-mnist"
CORTICO_TEST_PACKAGES="libgtest-dev libgmock-dev librapidcheck-dev clang-19 libclang-rt-19-dev
  python3 python3-venv"

_stages=()

# Does this machine have it, from whatever source? Only cmake and ninja matter: they may come with
# Python as well, and a second copy would do no good.
_have_package() {
  case "$1" in
    cmake) command -v cmake >/dev/null && cmake --version | head -1 | grep -qE ' ([4-9]|3\.(2[5-9]|[3-9]))' ;;
    ninja-build) command -v ninja >/dev/null ;;
    g++) command -v g++ >/dev/null ;;
    python3) command -v python3 >/dev/null ;;
    python3-venv) python3 -c 'import venv, ensurepip' 2>/dev/null ;;
    *) dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed ;;
  esac
}

install_packages() {
  local missing=() package
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    local tool
    for tool in cmake ninja g++ flatc arm-none-eabi-g++ qemu-system-arm; do
      command -v "$tool" >/dev/null || missing+=("$tool")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    echo "This is not Debian or Ubuntu, so please install by your own package manager: ${missing[*]}" >&2
    echo "On Debian these are: $(echo "$@")" >&2
    return 1
  fi
  for package in "$@"; do _have_package "$package" || missing+=("$package"); done
  [ ${#missing[@]} -eq 0 ] && { echo "Every package is installed."; return 0; }
  local root=()
  [ "$(id -u)" -eq 0 ] || root=(sudo)
  echo "Installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  "${root[@]}" apt-get update -qq &&
    "${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

stage() {
  local name=$1 start=$SECONDS status=0
  shift
  printf '\n== %s\n' "$name"
  "$@" || status=$?
  _stages+=("$(printf '%-34s %5d s%s' "$name" $((SECONDS - start)) "$([ $status -eq 0 ] || echo '  FAILED')")")
  if [ $status -ne 0 ]; then
    stage_table
    exit $status
  fi
}

stage_table() {
  printf '\n%-34s %s\n' stage seconds
  printf '%s\n' "${_stages[@]}"
  printf '%-34s %5d s\n' total $SECONDS
}
