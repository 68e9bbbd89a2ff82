#!/bin/bash
# Fills the stage, /opt/app: small programs and libraries, each with one thing wrong with it. Run by make.py.
set -eu
rm -rf /opt/app
mkdir -p /opt/app/{home,lib,old,stub,data,noexec}
cd /opt/app
cc() { gcc -w "$@"; }

# --- libraries that are sound, and one that goes missing
echo 'int answer(void){return 42;}' > stub/answer.c
cc -shared -fPIC -Wl,-soname,libanswer.so.1 stub/answer.c -o lib/libanswer.so.1
ln -sf libanswer.so.1 lib/libanswer.so
echo 'int answer(void); int main(void){return answer()!=42;}' > stub/main.c
cc stub/main.c -Llib -lanswer -o report                     # needs libanswer.so.1, outside the search path
cc stub/main.c -Llib -lanswer -Wl,-rpath,/opt/app/lib -o report-ok
cc stub/main.c -Llib -lanswer -Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1 -o needs-musl
cc stub/main.c -Llib -lanswer -Wl,--dynamic-linker=/nix/store/4nlgxhb09sdr51nc9hdm8az5b08vzkgx-glibc-2.35-163/lib/ld-linux-x86-64.so.2 -o needs-nix
mkdir -p gone
for soname in libssl.so.1.1 libGLEW.so.2.1 libgdiplus.so.0 libxcb-xinerama.so.0 libjvm.so libtinfo.so.5 libpython3.8.so.1.0 libcudart.so.11.0 libcublas.so.12 \
  libicuuc.so.66 libffi.so.6 libmysqlclient.so.20 libboost_system.so.1.65.1 libfuse.so.2 libpng12.so.0 libopenblas.so.0 libgfortran.so.3 libwebkit2gtk-4.0.so.37 \
  libc++.so.1 libidn.so.11 libreadline.so.7; do
  base=${soname%%.so*}
  cc -shared -fPIC -Wl,-soname,$soname stub/answer.c -o gone/$base.so
  cc stub/main.c -Lgone -l${base#lib} -o needs-${base#lib}
done
cc -shared -fPIC -Wl,-soname,libmissing.so.1 stub/answer.c -o gone/libmissing.so
echo 'int answer(void); int twice(void){return 2*answer();}' > stub/twice.c
cc -shared -fPIC stub/twice.c -Lgone -lmissing -o lib/libtwice.so           # its need is nowhere
cc -shared -fPIC stub/twice.c -o lib/libundef.so -Wl,-z,now                 # its symbol is nowhere
cc -shared -fPIC stub/twice.c -o lib/liblazy.so -Wl,-z,lazy
echo 'int twice(void); int main(void){return twice();}' > stub/main2.c
cc stub/main2.c -Llib -ltwice -Wl,-rpath,/opt/app/lib -Wl,--unresolved-symbols=ignore-all -o chain
cc stub/main2.c -Llib -lundef -Wl,-rpath,/opt/app/lib -Wl,--unresolved-symbols=ignore-all -o undef
cc stub/main2.c -Llib -llazy -Wl,-rpath,/opt/app/lib -Wl,--unresolved-symbols=ignore-all -o undef-lazy

# --- C++ names that nobody defines
cat > stub/cxx11.cpp <<'X'
#include <string>
namespace torch { namespace detail { void logEntry(const std::string&); } }
void probe(){ torch::detail::logEntry("x"); }
X
g++ -w -shared -fPIC stub/cxx11.cpp -o lib/libcxx11.so -Wl,-z,now
g++ -w -D_GLIBCXX_USE_CXX11_ABI=0 -shared -fPIC stub/cxx11.cpp -o lib/libcxx98.so -Wl,-z,now
cat > stub/vtable.cpp <<'X'
struct Shape { virtual ~Shape(); virtual int area(); }; int f(){ Shape s; return s.area(); }
X
g++ -w -shared -fPIC stub/vtable.cpp -o lib/libshape.so -Wl,-z,now

# --- versions that this machine does not have
version_stub() { # soname, version node, symbol, output
  echo "int $3(){return 0;}" > stub/v.c
  echo "$2 { global: $3; };" > stub/v.map
  cc -shared -fPIC -nostdlib -Wl,-soname,$1 -Wl,--version-script,stub/v.map stub/v.c -o $4
}
needs_version() { # soname, version, symbol, program or library to make
  version_stub $1 $2 $3 stub/lib-$3-$2.so
  echo "int $3(); int use_$3(void){return $3();}" > stub/u.c
  cc -shared -fPIC stub/u.c -Wl,-z,now stub/lib-$3-$2.so -o $4
  echo "int $3(); int main(){return $3();}" > stub/u.c
  cc stub/u.c -nodefaultlibs -Wl,--no-as-needed stub/lib-$3-$2.so -Wl,--as-needed -lc -Wl,--unresolved-symbols=ignore-all -o run-$(basename $4 .so)
}
needs_version libc.so.6 GLIBC_2.38 __isoc23_strtol lib/libnewglibc.so
needs_version libc.so.6 GLIBC_2.99 future_call lib/libfuture.so
needs_version libm.so.6 GLIBC_2.38 fmod lib/libnewmath.so
needs_version libstdc++.so.6 GLIBCXX_3.4.32 _ZSt21ios_base_library_initv lib/libnewcxx.so
needs_version libstdc++.so.6 CXXABI_1.3.15 __cxa_call_terminate lib/libnewabi.so
needs_version libz.so.1 ZLIB_1.9.9 deflateFuture lib/libnewz.so
needs_version libcrypto.so.3 OPENSSL_3.9.0 EVP_future lib/libnewssl.so
needs_version libgcc_s.so.1 GCC_99.0.0 __future_gcc lib/libnewgcc.so
# the version is there, the symbol is not
needs_version libc.so.6 GLIBC_2.34 __libc_invented lib/libnosym.so
needs_version libc.so.6 GLIBC_PRIVATE __libc_private_gone lib/libprivate.so
# our own library, older than what we were linked with
version_stub libmine.so.1 MINE_2.0 mine_new stub/libmine-new.so
version_stub libmine.so.1 MINE_1.0 mine_old lib/libmine.so.1
echo 'int mine_new(); int main(){return mine_new();}' > stub/u.c
cc stub/u.c stub/libmine-new.so -Wl,-rpath,/opt/app/lib -o wants-mine
echo 'int mine_new(); int use(){return mine_new();}' > stub/u.c
cc -shared -fPIC stub/u.c stub/libmine-new.so -Wl,-rpath,/opt/app/lib -o lib/libwantsmine.so
# versions wanted, none defined
echo 'int mine_new(){return 0;}' > stub/v.c
mkdir -p plain; cc -shared -fPIC -Wl,-soname,libmine.so.1 stub/v.c -o plain/libmine.so.1

# --- files that are not what they seem
: > lib/libempty.so
printf '\177ELF\2\1' > lib/libshort.so
head -c 64 lib/libanswer.so.1 > lib/libheaderonly.so
printf '/* GNU ld script */\nGROUP ( /usr/lib64/libfoo.so.1 )\n' > lib/libscript.so
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345678\n' > lib/liblfs.so
printf '<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head><body></body></html>\n%080d' 0 > lib/libhtml.so
printf '\317\372\355\376\7\0\0\1\3\0\0\0\6\0\0\0' > lib/libmac.so; head -c 4000 /dev/zero >> lib/libmac.so
printf 'MZ\220\0\3\0\0\0\4\0\0\0\377\377\0\0' > lib/libwin.so; head -c 4000 /dev/zero >> lib/libwin.so
gcc -w -m32 -nostdlib -shared -fPIC stub/answer.c -o lib/lib32.so
aarch64-linux-gnu-gcc -nostdlib -shared -fPIC stub/answer.c -o lib/libarm.so
cc -c -fPIC stub/answer.c -o lib/libobject.so
cc stub/main.c -Llib -lanswer -o lib/libprogram.so
cc -no-pie stub/main.c -Llib -lanswer -o lib/libprogram-nopie.so
head -c 2000 lib/libanswer.so.1 > lib/libtruncated.so
cp lib/libanswer.so.1 lib/libunreadable.so; chmod 0 lib/libunreadable.so
mkdir -p lib/libdirectory.so
ln -sf libloop.so lib/libloop.so
ln -sf /nowhere/libdangling.so.1 lib/libdangling.so
cc -shared -fPIC -Wl,-z,execstack stub/answer.c -o lib/libexecstack.so
cc -Wl,-z,execstack stub/main.c -Llib -lanswer -Wl,-rpath,/opt/app/lib -o execstack-program
cc -shared -fPIC -Wl,-z,x86-64-v4 stub/answer.c -Wl,-soname,libv4.so -o lib/libv4.so
cc stub/main.c -Llib -lv4 -Wl,-rpath,/opt/app/lib -o runs-v4
cc -Wl,-z,x86-64-v3 stub/main.c -Llib -lanswer -Wl,-rpath,/opt/app/lib -o is-v3
cc -shared -fPIC -Wl,-z,nodlopen stub/answer.c -o lib/libnodlopen.so
printf '__thread char big[1048576] __attribute__((tls_model("initial-exec"))); char*tls(void){return big;}' > stub/tls.c
cc -shared -fPIC stub/tls.c -o lib/libbigtls.so
cc -shared -fPIC -nostdlib -Wl,-z,notext -x assembler - -o lib/libtextrel.so <<'X'
 .text
 .globl answer
answer: movabs $elsewhere, %rax
 ret
 .data
 .globl elsewhere
elsewhere: .quad 0
 .section .note.GNU-stack,"",@progbits
X
python3 - <<'X'
import struct
from pathlib import Path
lib = bytearray(Path("/opt/app/lib/libanswer.so.1").read_bytes())
# The first relocation gets a type that does not exist.
at = struct.unpack_from("<Q", lib, 32)[0]
for i in range(struct.unpack_from("<H", lib, 56)[0]):
    kind, _, offset, vaddr = struct.unpack_from("<IIQQ", lib, at + 56 * i)
    if kind == 2:
        dynamic = offset
entry = dynamic
while (tag := struct.unpack_from("<Q", lib, entry)[0]) != 0:
    if tag == 7:
        rela = struct.unpack_from("<Q", lib, entry + 8)[0]
    entry += 16
while struct.unpack_from("<Q", lib, rela + 8)[0] & 0xFFFFFFFF == 8:  # the relative ones come first, and are not looked at
    rela += 24
struct.pack_into("<I", lib, rela + 8, 99)
Path("/opt/app/lib/libbadreloc.so").write_bytes(lib)
lib = bytearray(Path("/opt/app/lib/libanswer.so.1").read_bytes())
for i in range(struct.unpack_from("<H", lib, 56)[0]):  # segments that do not keep to pages
    if struct.unpack_from("<I", lib, at + 56 * i)[0] == 1 and i:
        offset = struct.unpack_from("<Q", lib, at + 56 * i + 8)[0]
        struct.pack_into("<Q", lib, at + 56 * i + 8, offset + 16)
        break
Path("/opt/app/lib/libmisaligned.so").write_bytes(lib)
lib = bytearray(Path("/opt/app/lib/libanswer.so.1").read_bytes())
lib[7] = 9  # FreeBSD
Path("/opt/app/lib/libfreebsd.so").write_bytes(lib)
X
head -c 9000 lib/libanswer.so.1 > lib/libcut.so

# --- programs that the kernel refuses
cat > arm.c <<'X'
int main(void){return 0;}
X
aarch64-linux-gnu-gcc -nostdlib -nostartfiles -Wl,-e,main -Wl,--dynamic-linker=/lib/ld-linux-aarch64.so.1 -pie arm.c -o arm-program
aarch64-linux-gnu-gcc -static -nostdlib -Wl,-e,main arm.c -o arm-static
aarch64-linux-gnu-gcc arm.c -o arm-glibc
cp lib/libmac.so mac-program; cp lib/libwin.so win-program.exe; cp lib/libobject.so object-file; : > empty-program
head -c 2000 report > cut-program
printf '#!/usr/bin/env python3\r\nprint("hello")\r\n' > crlf.py
printf '#!/bin/bash\r\necho hello\r\n' > crlf.sh
printf '#!/usr/bin/python2\nprint "hello"\n' > python2-script
printf '#!/opt/venv/bin/python3\nimport sys\n' > venv-script
printf '#!/usr/bin/env pyhton3\nimport sys\n' > env-typo
printf '#!/usr/local/bin/node\nconsole.log(1)\n' > node-script
printf 'hello\n' > text-program
chmod +x *-program* *.py *.sh *-script env-typo arm-* object-file win-program.exe
cp report-ok not-executable; chmod -x not-executable
mkdir a-directory

# --- programs that load by hand
cat > stub/opener.c <<'X'
#include <dlfcn.h>
#include <stdio.h>
int main(int n,char**a){
  void*h=dlopen(a[1],RTLD_NOW|RTLD_GLOBAL);
  if(!h){fprintf(stderr,"%s: %s\n",a[0],dlerror());return 1;}
  if(n>2&&!dlsym(h,a[2])){fprintf(stderr,"%s: %s\n",a[0],dlerror());return 1;}
  return 0;}
X
cc stub/opener.c -o opener
gcc -w -static stub/opener.c -o opener-static 2>/dev/null
musl-gcc stub/opener.c -o opener-musl
musl-gcc -static stub/opener.c -o opener-musl-static
musl-gcc stub/main.c -Llib -lanswer -o report-musl
cat > stub/mdwe.c <<'X'
/* As systemd's MemoryDenyWriteExecute=yes. */
#include <sys/prctl.h>
#include <unistd.h>
#include <stdio.h>
int main(int n,char**a){ if(prctl(65,1,0,0,0)) perror("prctl"); execvp(a[1],a+1); perror(a[1]); return 127; }
X
cc stub/mdwe.c -o deny-write-execute
chmod 1777 /opt/app/home

# --- programs that start programs
cat > stub/Exec.java <<'X'
public class Exec { public static void main(String[] a) throws Exception { new ProcessBuilder(a).inheritIO().start().waitFor(); } }
X
javac -d stub stub/Exec.java
cat > stub/exec.go <<'X'
package main
import ("log"; "os"; "os/exec")
func main() { c := exec.Command(os.Args[1]); c.Stderr = os.Stderr; if err := c.Run(); err != nil { log.Fatal(err) } }
X
HOME=/opt/app/home GOCACHE=/opt/app/home/gocache GO111MODULE=off go build -o go-exec stub/exec.go
cat > stub/command.rs <<'X'
fn main() { std::process::Command::new(std::env::args().nth(1).unwrap()).status().expect("failed to start the worker"); }
X
rustc -o rust-command stub/command.rs
cat > stub/Load.java <<'X'
public class Load { public static void main(String[] a) { System.load(a[0]); } }
X
javac -d stub stub/Load.java
cat > stub/dlopen.go <<'X'
package main
/*
#cgo LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdlib.h>
*/
import "C"
import ("fmt"; "log"; "os")
func main() {
	if C.dlopen(C.CString(os.Args[1]), C.RTLD_NOW) == nil { log.Fatal(fmt.Errorf("could not load the codec: %s", C.GoString(C.dlerror()))) }
}
X
HOME=/opt/app/home GOCACHE=/opt/app/home/gocache GO111MODULE=off go build -o go-dlopen stub/dlopen.go
cat > stub/niftest.erl <<'X'
-module(niftest).
-export([start/1]).
start([Path]) -> io:format("~p~n", [erlang:load_nif(Path, 0)]), halt().
X
erlc -o stub stub/niftest.erl

# --- .NET, by mono's compiler: one method for each library
{
  echo 'using System.Runtime.InteropServices; class Api {'
  for file in twice nowhere undef cxx11 cxx98 shape empty lfs newglibc newcxx bigtls; do
    echo " [DllImport(\"/opt/app/lib/lib$file.so\", EntryPoint=\"answer\")] static extern int $file();"
  done
  echo ' [DllImport("/opt/app/lib/libprivate.so", EntryPoint="answer")] static extern int secret();'
  echo ' [DllImport("/opt/app/lib/lib32.so", EntryPoint="answer")] static extern int w32();'
  echo ' [DllImport("/opt/app/noexec/libanswer.so", EntryPoint="answer")] static extern int noexec();'
  echo ' [DllImport("nativecodec")] static extern int decode();'
  echo ' [DllImport("/opt/app/lib/libanswer.so.1")] static extern int question();'
  echo ' static void Main(string[] a) { switch (a[0]) {'
  for method in twice nowhere undef cxx11 cxx98 shape empty lfs newglibc newcxx secret bigtls w32 noexec decode question; do
    echo " case \"$method\": $method(); break;"
  done
  echo ' } } }'
} > stub/Api.cs
mcs -out:stub/Api.exe stub/Api.cs 2>/dev/null
cp stub/Api.exe stub/Api.dll
echo '{"runtimeOptions":{"framework":{"name":"Microsoft.NETCore.App","version":"3.1.0"},"configProperties":{"System.Globalization.Invariant":true}}}' > stub/Api.runtimeconfig.json
# .NET's runtime comes from a wheel: pip download dotnetcore2==3.1.23 --no-deps, named by $DOTNET_WHEEL
if [ -n "${DOTNET_WHEEL:-}" ]; then
  python3 -m zipfile -e "$DOTNET_WHEEL" stub/wheel && mv stub/wheel/dotnetcore2/bin stub/dotnet && chmod +x stub/dotnet/dotnet
fi

# --- Rust's libloading
mkdir -p stub/libloading/src
cat > stub/libloading/Cargo.toml <<'X'
[package]
name = "opener"
version = "0.1.0"
edition = "2021"
[dependencies]
libloading = "0.8"
[workspace]
X
cat > stub/libloading/src/main.rs <<'X'
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("a path is wanted")?;
    // SAFETY: nothing of it is called.
    let library = unsafe { libloading::Library::new(path) }?;
    if let Some(name) = std::env::args().nth(2) {
        // SAFETY: it is not called either.
        unsafe { library.get::<fn()>(name.as_bytes()) }?;
    }
    Ok(())
}
X
(cd stub/libloading && CARGO_TARGET_DIR=/opt/app/stub/libloading/target cargo build -q)

# --- PostgreSQL
mkdir -p home/pg && chown postgres home/pg
su postgres -s /bin/sh -c "/usr/lib/postgresql/15/bin/initdb -D /opt/app/home/pg/data -A trust >/dev/null"
cat > stub/pg.sh <<'X'
#!/bin/sh
# Asks a PostgreSQL server of its own.
bin=/usr/lib/postgresql/15/bin
run() { su postgres -s /bin/sh -c "$*"; }
run "$bin/pg_ctl -D /opt/app/home/pg/data status" >/dev/null 2>&1 ||
  run "$bin/pg_ctl -w -D /opt/app/home/pg/data -o \"-k /opt/app/home/pg -c listen_addresses=''\" -l /opt/app/home/pg/log start" >/dev/null 2>&1
run "psql -q -h /opt/app/home/pg -c \"$1\""
X
chmod +x stub/pg.sh

# --- modules of languages, broken in one way each
mkdir -p data/py data/node data/ruby data/perl/auto data/lua data/php data/R
for what in twice undef cxx11 newglibc newcxx bigtls lfs empty shape private; do
  cp lib/lib$what.so data/py/$what.so; cp lib/lib$what.so data/node/$what.node; cp lib/lib$what.so data/ruby/$what.so; cp lib/lib$what.so data/lua/$what.so
  mkdir -p data/perl/auto/$what; cp lib/lib$what.so data/perl/auto/$what/$what.so
  printf 'package %s; require XSLoader; XSLoader::load("%s"); 1;' $what $what > data/perl/$what.pm
done
for what in py node ruby lua; do suffix=so; [ $what = node ] && suffix=node; cp lib/libanswer.so.1 data/$what/answer.$suffix; cp lib/lib32.so data/$what/w32.$suffix; done
mkdir -p data/perl/auto/answer; cp lib/libanswer.so.1 data/perl/auto/answer/answer.so
printf 'package answer; require XSLoader; XSLoader::load("answer"); 1;' > data/perl/answer.pm
printf 'package gone; require XSLoader; XSLoader::load("gone"); 1;' > data/perl/gone.pm
mkdir -p data/package/codec; printf 'from ._speedups import decode\n' > data/package/codec/__init__.py; cp lib/libtwice.so data/package/codec/_speedups.so
printf 'import codec\n\ndef main():\n    pass\n\nmain()\n' > data/package/service.py
# an extension of another Python: its initialiser uses what the other one has
cat > stub/ext.c <<'X'
void *PyModuleDef_Init(void*); int PyUnicode_InternalsOfOld(void); extern int _Py_ForgottenFlag;
void *PyInit_other(void){ return PyModuleDef_Init((void*)(long)(PyUnicode_InternalsOfOld()+_Py_ForgottenFlag)); }
X
cc -shared -fPIC -Wl,-z,now stub/ext.c -o data/py/other.so
# a Node addon of another Node: the old registration, with the number of Node 12
cat > stub/addon.c <<'X'
struct module { int version; unsigned flags; void *handle; const char *file; void *init, *context; const char *name; void *priv; void *link; };
extern void node_module_register(void *);
static struct module m = { ABI, 0, 0, "addon.c", 0, 0, "addon", 0, 0 };
__attribute__((constructor)) static void registers(void) { node_module_register(&m); }
X
for abi in 72 83 93 108 127; do cc -DABI=$abi -shared -fPIC stub/addon.c -o data/node/abi$abi.node -Wl,--unresolved-symbols=ignore-all; done
# a PHP extension of another PHP: what get_module answers begins with its numbers
cat > stub/phpext.c <<'X'
struct entry { unsigned short size; unsigned api; unsigned char debug, zts; void *ini; void *deps; const char *name; void *functions, *a,*b,*c,*d,*e; const char *version; long rest[16]; const char*build; };
static struct entry e = { sizeof(struct entry), API, 0, ZTS, 0, 0, "codec" };
void *get_module(void) { e.build = BUILD; return &e; }
X
cc -DAPI=20190902 -DZTS=0 '-DBUILD="API20190902,NTS"' -shared -fPIC stub/phpext.c -o data/php/old.so
cc -DAPI=20220829 -DZTS=1 '-DBUILD="API20220829,TS"' -shared -fPIC stub/phpext.c -o data/php/threads.so
cc -shared -fPIC -Wl,-z,now -x c -o data/php/symbols.so - <<'X'
extern int zend_function_of_old(void); void *get_module(void){ zend_function_of_old(); return 0; }
X
# Ruby's own: it was made for another minor version
cat > stub/rubyext.c <<'X'
unsigned long long ruby_abi_version(void){ return 99; }
void Init_abi(void){}
X
cc -shared -fPIC stub/rubyext.c -o data/ruby/abi.so
cat > stub/LoadLibrary.java <<'X'
public class LoadLibrary { public static void main(String[] a) { System.loadLibrary(a[0]); if (a.length > 1) call(1); } static native int call(int x); }
X
javac -d stub stub/LoadLibrary.java

# --- Windows programs, for wine
mkdir -p win && cd win
cat > load.c <<'X'
#include <windows.h>
#include <stdio.h>
int main(int n, char **a) {
  HMODULE h = LoadLibraryA(a[1]); DWORD e = GetLastError(); char t[512] = "";
  if (h && n > 2 && !GetProcAddress(h, a[2])) { e = GetLastError(); h = 0; }
  if (!h) {
    FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM|FORMAT_MESSAGE_IGNORE_INSERTS, 0, e, 0, t, 512, 0);
    fprintf(stderr, "cannot load %s: error %lu: %s", a[1], e, t); return 1;
  }
  return 0; }
X
printf '__declspec(dllexport) int codec(void){return 1;}' > codec.c
printf '__declspec(dllexport) int other(void){return 1;}' > older.c
printf '__declspec(dllimport) int codec(void); __declspec(dllexport) int wrap(void){return codec();}' > wrap.c
printf '__declspec(dllimport) int codec(void); int main(){return codec();}' > player.c
printf '__declspec(dllimport) int wrap(void); int main(){return wrap();}' > editor.c
printf '#include <windows.h>\nBOOL WINAPI DllMain(HINSTANCE h,DWORD r,LPVOID p){return r!=1;} __declspec(dllexport) int refuse(void){return 1;}' > refuse.c
printf '__declspec(dllimport) int refuse(void); int main(){return refuse();}' > starter.c
mkdir codec-gone
W=x86_64-w64-mingw32-gcc
$W -shared codec.c -o codec.dll; $W -shared wrap.c codec.dll -o wrap.dll; $W player.c codec.dll -o player.exe; $W editor.c wrap.dll -o editor.exe
$W -shared refuse.c -o refuse.dll; $W starter.c refuse.dll -o starter.exe; $W load.c -o load.exe
mv codec.dll codec-gone/
mkdir older; $W -shared older.c -o older/codec.dll; cp player.exe older/
printf 'MZ this is no library' > text.dll; cp ../lib/libanswer.so.1 elf.dll; : > empty.dll
if command -v i686-w64-mingw32-gcc >/dev/null; then
  mkdir narrow; i686-w64-mingw32-gcc -shared codec.c -o narrow/codec.dll; i686-w64-mingw32-gcc load.c -o narrow/load32.exe; cp player.exe narrow/
fi
for dll in VCRUNTIME140.dll VCRUNTIME140_1.dll MSVCP140.dll vcruntime140d.dll api-ms-win-crt-runtime-l1-1-0.dll libstdc++-6.dll Qt5Core.dll; do
  $W -shared codec.c -Wl,--out-implib,stub.a -o "$dll"
  sed 's/codec()/codec()/' player.c > p.c; $W p.c stub.a -o "needs-${dll%.dll}.exe"; rm "$dll"
done
cd ..
chmod -R a+rX .

# --- roots of other systems
mkdir -p alpine/{bin,lib,srv} scratch debian/{bin,lib64,lib/x86_64-linux-gnu,srv}
(cd home && apt-get download -q busybox-static >/dev/null 2>&1 && dpkg -x busybox-static_*.deb static)
cp home/static/bin/busybox alpine/bin/
cp /usr/lib/x86_64-linux-musl/libc.so alpine/lib/ld-musl-x86_64.so.1
cp home/static/bin/busybox debian/bin/; cp /lib/x86_64-linux-gnu/libc.so.6 debian/lib/x86_64-linux-gnu/; cp /lib64/ld-linux-x86-64.so.2 debian/lib64/
for root in alpine debian scratch; do mkdir -p $root/srv; cp report opener-musl opener-static report-musl crlf.sh python2-script $root/srv/ 2>/dev/null || true; done
cp opener alpine/srv/opener-glibc; cp lib/*.so* alpine/srv/ 2>/dev/null || true; cp lib/*.so debian/srv/ 2>/dev/null || true
# programs and libraries of glibc that a musl loader is given
echo 'extern int __printf_chk(int,const char*,...), __fprintf_chk(void*,int,const char*,...), __longjmp_chk(void*,int), __memcpy_chk(void*,const void*,long,long), gnu_get_libc_version(void), backtrace(void**,int), __strdup(const char*), mallinfo(void), __register_atfork(void), __isoc23_strtol(const char*), res_query_of_glibc(void), secure_getenv2(void);
int main(void){ return SYMBOL; }' > stub/fortified.c
for symbol in '__printf_chk(0,"")' '__fprintf_chk(0,0,"")' '__longjmp_chk(0,0)' '__memcpy_chk(0,0,0,0)' 'gnu_get_libc_version()' 'backtrace(0,0)' '__strdup("")' 'mallinfo()' '__register_atfork()' '__isoc23_strtol("")'; do
  name=${symbol%%(*}
  musl-gcc -w "-DSYMBOL=$symbol" -fPIC -shared stub/fortified.c -o alpine/srv/lib$name.so
  musl-gcc -w "-DSYMBOL=$symbol" stub/fortified.c -o alpine/srv/uses$name -Wl,--unresolved-symbols=ignore-all
done
echo 'int answer(void){return 42;}' > stub/a.c
gcc -w -shared -fPIC -nostdlib -Wl,-soname,ld-linux-x86-64.so.2 stub/a.c -o stub/ld-stub.so
gcc -w -shared -fPIC -nostdlib -Wl,-soname,libc.so.6 stub/a.c -o stub/libc-stub.so
gcc -w -shared -fPIC -nostdlib -Wl,-soname,libstdc++.so.6 stub/a.c -o stub/libstdcxx-stub.so
gcc -w -shared -fPIC -nostdlib -Wl,-soname,libgcc_s.so.1 stub/a.c -o stub/libgcc-stub.so
for stub in ld libc libstdcxx libgcc; do musl-gcc -w -shared -fPIC -Wl,--no-as-needed stub/a.c stub/$stub-stub.so -o alpine/srv/libneeds-$stub.so; musl-gcc -w -Wl,--no-as-needed stub/main.c stub/$stub-stub.so -o alpine/srv/needs-$stub; done
printf '__thread int counter __attribute__((tls_model("initial-exec"))); int *where(void){ return &counter; }' > stub/ie.c
musl-gcc -shared -fPIC stub/ie.c -o alpine/srv/libie.so
mkdir -p bundle/rootfs; cp needs-nix arm-static crlf.sh empty-program bundle/rootfs/; cp not-executable bundle/rootfs/
