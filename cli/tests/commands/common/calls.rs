//! Runs the program from one system call to the next, to kill it before any of them or to let one fail.
//!
//! It sees only the calls that change files. The program is the shipped one; nothing in it knows of this.

use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

/// A call that changes files.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Call {
    /// A file or folder is made, written or flushed: what takes room.
    Write,
    /// Something gets another name.
    Rename,
    /// Something is removed, or its mode changed.
    Other,
}

/// What becomes of a call.
pub enum Fate {
    Done,
    /// The program is killed before it.
    Killed,
    /// It fails with this error.
    Fails(Errno),
}

/// How the program ended.
pub struct Ended {
    /// None: killed.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    /// Whether a call was killed or failed.
    pub struck: bool,
}

/// Runs `command` and asks `fate` before each call that changes files. None where the system does not let processes be traced.
#[allow(clippy::zombie_processes)] // its tracer takes the status that `wait` would
pub fn run(command: &Command, mut fate: impl FnMut(Call) -> Fate) -> Option<Ended> {
    // a shell that waits to be traced, and becomes the program
    let mut child = Command::new("sh")
        .args(["-c", "read go && exec \"$0\" \"$@\""])
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(command.get_current_dir().expect("a place"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let process = Pid::from_raw(child.id().try_into().unwrap());
    let options = Options::PTRACE_O_TRACESYSGOOD
        | Options::PTRACE_O_TRACECLONE
        | Options::PTRACE_O_TRACEEXEC
        | Options::PTRACE_O_EXITKILL;
    if ptrace::seize(process, options).and_then(|()| ptrace::interrupt(process)).is_err() {
        child.kill().unwrap();
        child.wait().unwrap();
        return None;
    }
    child.stdin.take().unwrap().write_all(b"\n").unwrap();
    let (mut is_program, mut struck) = (false, false);
    let code = loop {
        // children of other tests are none of this thread's
        match waitpid(None, Some(WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD)).unwrap() {
            WaitStatus::Exited(pid, code) if pid == process => break Some(code),
            WaitStatus::Signaled(pid, ..) if pid == process => break None,
            WaitStatus::PtraceEvent(thread, _, event) => {
                is_program |= event == libc::PTRACE_EVENT_EXEC;
                go_on(thread, None);
            }
            WaitStatus::PtraceSyscall(thread) => {
                match beginning(thread).filter(|_| is_program).map_or(Fate::Done, &mut fate) {
                    Fate::Done => go_on(thread, None),
                    Fate::Killed => {
                        struck = true;
                        kill(process, Signal::SIGKILL).unwrap();
                    }
                    Fate::Fails(error) => {
                        struck = true;
                        fail(thread, error);
                        go_on(thread, None);
                    }
                }
            }
            WaitStatus::Stopped(thread, signal) => go_on(thread, Some(signal)),
            _ => {}
        }
    };
    let mut ended = Ended { code, stdout: String::new(), stderr: String::new(), struck };
    child.stdout.take().unwrap().read_to_string(&mut ended.stdout).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut ended.stderr).unwrap();
    Some(ended)
}

/// A thread that is gone by now needs no leave.
fn go_on(thread: Pid, signal: Option<Signal>) {
    ptrace::syscall(thread, signal).ok();
}

/// The call that is about to begin, if it changes files and is not just ending.
fn beginning(thread: Pid) -> Option<Call> {
    let registers = ptrace::getregs(thread).ok()?;
    // what stands in the place of the result until there is one
    if registers.rax != (-i64::from(libc::ENOSYS)).cast_unsigned() {
        return None;
    }
    let creates = |flags: u64| flags & libc::O_CREAT as u64 != 0;
    match registers.orig_rax.cast_signed() {
        libc::SYS_open => creates(registers.rsi).then_some(Call::Write),
        libc::SYS_openat => creates(registers.rdx).then_some(Call::Write),
        libc::SYS_write | libc::SYS_pwrite64 | libc::SYS_writev => (registers.rdi > 2).then_some(Call::Write),
        libc::SYS_mkdir | libc::SYS_mkdirat | libc::SYS_fsync | libc::SYS_fdatasync | libc::SYS_ftruncate => {
            Some(Call::Write)
        }
        libc::SYS_rename | libc::SYS_renameat | libc::SYS_renameat2 => Some(Call::Rename),
        libc::SYS_unlink | libc::SYS_unlinkat | libc::SYS_rmdir => Some(Call::Other),
        libc::SYS_chmod | libc::SYS_fchmod | libc::SYS_fchmodat => Some(Call::Other),
        _ => None,
    }
}

/// Has the kernel pass over the call and return the error.
fn fail(thread: Pid, error: Errno) {
    let mut registers = ptrace::getregs(thread).unwrap();
    registers.orig_rax = u64::MAX;
    registers.rax = (-i64::from(error as i32)).cast_unsigned();
    ptrace::setregs(thread, registers).unwrap();
}
