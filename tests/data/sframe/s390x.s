	.text
z1: .cfi_startproc
	ldgr %f0, %r11
	.cfi_register 11, 16
	ldgr %f2, %r14
	.cfi_register 14, 17
	nop
	.cfi_restore 14
	nop
	.cfi_def_cfa 12, 320
	br %r14
	.cfi_endproc
z2: .cfi_startproc
	stmg %r11, %r15, 88(%r15)
	.cfi_offset 11, -72
	nop
	.cfi_offset 14, -48
	lay %r15, -100000(%r15)
	.cfi_adjust_cfa_offset 100000
	lgr %r11, %r15
	.cfi_def_cfa_register 11
	br %r14
	.cfi_endproc
z3: .cfi_startproc
	nop
	.cfi_undefined 14
	br %r14
	.cfi_endproc
