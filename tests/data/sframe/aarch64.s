	.text
a1: .cfi_startproc
	nop
	.cfi_negate_ra_state
	nop
	.cfi_def_cfa_offset 32
	.cfi_offset 30, -24
	nop
	.cfi_offset 29, -32
	nop
	.cfi_def_cfa 29, 32
	nop
	.cfi_undefined 30
	nop
	.cfi_endproc
a2: .cfi_startproc
	.cfi_b_key_frame
	.cfi_negate_ra_state
	nop
	.cfi_def_cfa_offset 80000
	.cfi_offset 29, -80000
	.cfi_offset 30, -79992
	nop
	.cfi_endproc
a3: .cfi_startproc
	.cfi_signal_frame
	nop
	.cfi_escape 0xf,0x4,0x8f,0xa0,0x1,0x6
	nop
	.cfi_endproc
a4: .cfi_startproc
	.skip 70000
	.cfi_def_cfa_offset 16
	nop
	.cfi_endproc
