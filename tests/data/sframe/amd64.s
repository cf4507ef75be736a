	.text
	.globl f1
f1: .cfi_startproc
	leaq 8(%rsp), %r10
	.cfi_def_cfa 10, 0
	andq $-16, %rsp
	pushq -8(%r10)
	pushq %rbp
	movq %rsp, %rbp
	.cfi_escape 0x10,0x6,0x2,0x76,0
	pushq %r10
	.cfi_escape 0xf,0x3,0x76,0x78,0x6
	popq %r10
	.cfi_def_cfa 10, 0
	popq %rbp
	leaq -8(%r10), %rsp
	.cfi_def_cfa 7, 8
	ret
	.cfi_endproc
f2: .cfi_startproc
	nop
	popq %rcx
	.cfi_adjust_cfa_offset -8
	.cfi_register 16, 2
	nop
	jmp *%rcx
	.cfi_endproc
f3: .cfi_startproc
	nop
	.cfi_offset 16, -24
	ret
	.cfi_endproc
f4: .cfi_startproc
	nop
	.cfi_register 6, 12
	ret
	.cfi_endproc
f5: .cfi_startproc
	nop
	.cfi_undefined 16
	ret
	.cfi_endproc
f6: .cfi_startproc
	.cfi_signal_frame
	.cfi_def_cfa_offset 16
	nop
	ret
	.cfi_endproc
f7: .cfi_startproc
	.cfi_signal_frame
	.cfi_escape 0xf,0x4,0x77,0xa0,0x1,0x6
	mov $15,%rax
	syscall
	.cfi_endproc
f8: .cfi_startproc simple
	nop
	.cfi_endproc
f9: .cfi_startproc
	.cfi_endproc
f10: .cfi_startproc
	nop
	.cfi_escape 0x10,0x6,0x2,0x77,0x8
	ret
	.cfi_endproc
f11: .cfi_startproc
	nop
	.cfi_def_cfa_offset 100000
	nop
	.cfi_def_cfa_offset 300
	.cfi_offset 6,-296
	.skip 70000, 0x90
	.cfi_def_cfa 6, 16
	nop
	.cfi_def_cfa_offset -3
	ret
	.cfi_endproc
f12: .cfi_startproc
	nop
	.cfi_def_cfa 11, 2000
	ret
	.cfi_def_cfa 7, 8
	.cfi_endproc
