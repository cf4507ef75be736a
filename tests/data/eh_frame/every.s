	.text
	.globl _start
_start:
	.cfi_startproc
	.cfi_undefined rip
	nop
	.cfi_endproc
	.globl f1
f1:	.cfi_startproc
	.cfi_personality 0x1b, f1
	.cfi_lsda 0x1b, f1
	push %rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbx, 0
	nop
	.cfi_remember_state
	.cfi_def_cfa rbx, 24
	nop
	.cfi_remember_state
	.cfi_register r12, r13
	.cfi_same_value r14
	.cfi_undefined r15
	nop
	.cfi_val_offset r11, -16
	.cfi_offset 17, -64
	nop
	.cfi_restore_state
	nop
	.cfi_def_cfa_register rbp
	nop
	.cfi_restore_state
	nop
	.cfi_restore rbx
	.cfi_def_cfa_offset 8
	nop
	.cfi_escape 0x2e, 0x10
	.cfi_escape 0x2f, 3, 2
	nop
	.cfi_escape 0x11, 12, 0x7d
	.cfi_escape 0x15, 13, 0x7c
	.cfi_escape 0x14, 14, 5
	nop
	.cfi_escape 0x12, 7, 0x7e
	nop
	.cfi_escape 0x13, 0x7c
	nop
	.cfi_escape 0x0f, 3, 0x76, 0x78, 0x06
	.cfi_escape 0x10, 6, 2, 0x76, 0
	.cfi_escape 0x16, 3, 3, 0x77, 0x88, 0x01
	nop
	.skip 300
	.cfi_def_cfa rsp, 8
	nop
	.skip 70000
	.cfi_escape 0x05, 3, 2
	nop
	.cfi_escape 0x06, 3
	nop
	.cfi_escape 0x0a, 0x0a, 0x0a
	.cfi_escape 0x0e, 0x80, 0x01
	.cfi_escape 0x0b, 0x0b, 0x0b
	nop
	.cfi_endproc
	.cfi_startproc
	.cfi_signal_frame
	nop
	.cfi_return_column 15
	.cfi_def_cfa_offset 48
	nop
	.cfi_endproc
	.cfi_startproc simple
	nop
	.cfi_def_cfa rsp, 1000000
	nop
	.cfi_endproc
	.cfi_startproc
	.cfi_endproc
