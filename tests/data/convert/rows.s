# Functions whose call frame instructions the releases of gas treat each in its own way. Assembled and linked by make.sh.
.text
.globl plain
.type plain,@function
plain:
.cfi_startproc
nop
.cfi_def_cfa_offset 16
nop
ret
.cfi_endproc
.size plain,.-plain
.globl dup
.type dup,@function
dup:
.cfi_startproc
nop
.cfi_def_cfa_offset 8
nop
ret
.cfi_endproc
.size dup,.-dup
.globl same_fp
.type same_fp,@function
same_fp:
.cfi_startproc
nop
.cfi_same_value 6
nop
ret
.cfi_endproc
.size same_fp,.-same_fp
.globl same_ra
.type same_ra,@function
same_ra:
.cfi_startproc
nop
.cfi_same_value 16
nop
ret
.cfi_endproc
.size same_ra,.-same_ra
.globl undef_fp
.type undef_fp,@function
undef_fp:
.cfi_startproc
nop
.cfi_undefined 6
nop
ret
.cfi_endproc
.size undef_fp,.-undef_fp
.globl undef_sp
.type undef_sp,@function
undef_sp:
.cfi_startproc
nop
.cfi_undefined 7
nop
ret
.cfi_endproc
.size undef_sp,.-undef_sp
.globl undef_rbx
.type undef_rbx,@function
undef_rbx:
.cfi_startproc
nop
.cfi_undefined 3
nop
ret
.cfi_endproc
.size undef_rbx,.-undef_rbx
.globl undef_ra
.type undef_ra,@function
undef_ra:
.cfi_startproc
nop
.cfi_undefined 16
nop
ret
.cfi_endproc
.size undef_ra,.-undef_ra
.globl undef_ra_restore
.type undef_ra_restore,@function
undef_ra_restore:
.cfi_startproc
nop
.cfi_undefined 16
nop
.cfi_restore 16
nop
ret
.cfi_endproc
.size undef_ra_restore,.-undef_ra_restore
.globl undef_ra_off
.type undef_ra_off,@function
undef_ra_off:
.cfi_startproc
nop
.cfi_undefined 16
nop
.cfi_offset 16,-8
nop
ret
.cfi_endproc
.size undef_ra_off,.-undef_ra_off
.globl reg_fp
.type reg_fp,@function
reg_fp:
.cfi_startproc
nop
.cfi_register 6, 3
nop
ret
.cfi_endproc
.size reg_fp,.-reg_fp
.globl reg_ra
.type reg_ra,@function
reg_ra:
.cfi_startproc
nop
.cfi_register 16, 2
nop
ret
.cfi_endproc
.size reg_ra,.-reg_ra
.globl reg_ra_back
.type reg_ra_back,@function
reg_ra_back:
.cfi_startproc
nop
.cfi_register 16, 2
nop
.cfi_offset 16,-8
nop
ret
.cfi_endproc
.size reg_ra_back,.-reg_ra_back
.globl reg_ra_restore
.type reg_ra_restore,@function
reg_ra_restore:
.cfi_startproc
nop
.cfi_register 16, 2
nop
.cfi_restore 16
nop
ret
.cfi_endproc
.size reg_ra_restore,.-reg_ra_restore
.globl reg_sp
.type reg_sp,@function
reg_sp:
.cfi_startproc
nop
.cfi_register 7, 8
nop
ret
.cfi_endproc
.size reg_sp,.-reg_sp
.globl reg_rbx
.type reg_rbx,@function
reg_rbx:
.cfi_startproc
nop
.cfi_register 3, 8
nop
ret
.cfi_endproc
.size reg_rbx,.-reg_rbx
.globl valoff_rbx
.type valoff_rbx,@function
valoff_rbx:
.cfi_startproc
nop
.cfi_val_offset 3, 8
nop
ret
.cfi_endproc
.size valoff_rbx,.-valoff_rbx
.globl valoff_sp0
.type valoff_sp0,@function
valoff_sp0:
.cfi_startproc
nop
.cfi_val_offset 7, 0
nop
ret
.cfi_endproc
.size valoff_sp0,.-valoff_sp0
.globl valoff_sp8
.type valoff_sp8,@function
valoff_sp8:
.cfi_startproc
nop
.cfi_val_offset 7, 8
nop
ret
.cfi_endproc
.size valoff_sp8,.-valoff_sp8
.globl valoff_fp
.type valoff_fp,@function
valoff_fp:
.cfi_startproc
nop
.cfi_val_offset 6, -8
nop
ret
.cfi_endproc
.size valoff_fp,.-valoff_fp
.globl off_ra8
.type off_ra8,@function
off_ra8:
.cfi_startproc
nop
.cfi_offset 16,-8
nop
ret
.cfi_endproc
.size off_ra8,.-off_ra8
.globl off_ra16
.type off_ra16,@function
off_ra16:
.cfi_startproc
nop
.cfi_offset 16,-16
nop
ret
.cfi_endproc
.size off_ra16,.-off_ra16
.globl off_ra16b
.type off_ra16b,@function
off_ra16b:
.cfi_startproc
nop
.cfi_offset 16,-16
nop
.cfi_def_cfa_offset 32
nop
ret
.cfi_endproc
.size off_ra16b,.-off_ra16b
.globl off_sp
.type off_sp,@function
off_sp:
.cfi_startproc
nop
.cfi_offset 7,-16
nop
ret
.cfi_endproc
.size off_sp,.-off_sp
.globl off_rbx
.type off_rbx,@function
off_rbx:
.cfi_startproc
nop
.cfi_offset 3,-16
nop
ret
.cfi_endproc
.size off_rbx,.-off_rbx
.globl cfa_r10
.type cfa_r10,@function
cfa_r10:
.cfi_startproc
nop
.cfi_def_cfa 10, 0
nop
ret
.cfi_endproc
.size cfa_r10,.-cfa_r10
.globl cfa_r10_off
.type cfa_r10_off,@function
cfa_r10_off:
.cfi_startproc
nop
.cfi_def_cfa 10, 0
nop
.cfi_def_cfa_offset 24
nop
ret
.cfi_endproc
.size cfa_r10_off,.-cfa_r10_off
.globl cfa_r40
.type cfa_r40,@function
cfa_r40:
.cfi_startproc
nop
.cfi_def_cfa 40, 0
nop
ret
.cfi_endproc
.size cfa_r40,.-cfa_r40
.globl cfareg_r10
.type cfareg_r10,@function
cfareg_r10:
.cfi_startproc
nop
.cfi_def_cfa_register 10
nop
ret
.cfi_endproc
.size cfareg_r10,.-cfareg_r10
.globl cfareg_same
.type cfareg_same,@function
cfareg_same:
.cfi_startproc
nop
.cfi_def_cfa_offset 24
.cfi_def_cfa_register 6
nop
ret
.cfi_endproc
.size cfareg_same,.-cfareg_same
.globl cfareg_next
.type cfareg_next,@function
cfareg_next:
.cfi_startproc
nop
.cfi_def_cfa_offset 24
nop
.cfi_def_cfa_register 6
nop
ret
.cfi_endproc
.size cfareg_next,.-cfareg_next
.globl args0
.type args0,@function
args0:
.cfi_startproc
nop
.cfi_escape 0x2e,0
nop
ret
.cfi_endproc
.size args0,.-args0
.globl args16
.type args16,@function
args16:
.cfi_startproc
nop
.cfi_escape 0x2e,16
nop
ret
.cfi_endproc
.size args16,.-args16
.globl args16fp
.type args16fp,@function
args16fp:
.cfi_startproc
nop
.cfi_def_cfa 6,16
nop
.cfi_escape 0x2e,16
nop
ret
.cfi_endproc
.size args16fp,.-args16fp
.globl args128fp
.type args128fp,@function
args128fp:
.cfi_startproc
nop
.cfi_def_cfa 6,16
nop
.cfi_escape 0x2e,0x80,1
nop
ret
.cfi_endproc
.size args128fp,.-args128fp
.globl expr_rbx
.type expr_rbx,@function
expr_rbx:
.cfi_startproc
nop
.cfi_escape 0x10,3,2,0x76,0x78
nop
ret
.cfi_endproc
.size expr_rbx,.-expr_rbx
.globl expr_rbx3
.type expr_rbx3,@function
expr_rbx3:
.cfi_startproc
nop
.cfi_escape 0x10,3,3,0x76,0x78,0x7f
nop
ret
.cfi_endproc
.size expr_rbx3,.-expr_rbx3
.globl expr_fp
.type expr_fp,@function
expr_fp:
.cfi_startproc
nop
.cfi_escape 0x10,6,2,0x76,0
nop
ret
.cfi_endproc
.size expr_fp,.-expr_fp
.globl expr_fp_sp
.type expr_fp_sp,@function
expr_fp_sp:
.cfi_startproc
nop
.cfi_escape 0x10,6,2,0x77,8
nop
ret
.cfi_endproc
.size expr_fp_sp,.-expr_fp_sp
.globl expr_fp_restore
.type expr_fp_restore,@function
expr_fp_restore:
.cfi_startproc
nop
.cfi_escape 0x10,6,2,0x76,0
nop
.cfi_restore 6
nop
ret
.cfi_endproc
.size expr_fp_restore,.-expr_fp_restore
.globl expr_fp_off
.type expr_fp_off,@function
expr_fp_off:
.cfi_startproc
nop
.cfi_escape 0x10,6,2,0x76,0
nop
.cfi_offset 6,-16
nop
ret
.cfi_endproc
.size expr_fp_off,.-expr_fp_off
.globl valexpr_rbx
.type valexpr_rbx,@function
valexpr_rbx:
.cfi_startproc
nop
.cfi_escape 0x16,3,2,0x76,0x78
nop
ret
.cfi_endproc
.size valexpr_rbx,.-valexpr_rbx
.globl cfaexpr
.type cfaexpr,@function
cfaexpr:
.cfi_startproc
nop
.cfi_escape 0x0f,3,0x76,0x78,6
nop
ret
.cfi_endproc
.size cfaexpr,.-cfaexpr
.globl cfaexpr_then_off
.type cfaexpr_then_off,@function
cfaexpr_then_off:
.cfi_startproc
nop
.cfi_escape 0x0f,3,0x76,0x78,6
nop
.cfi_def_cfa 7,8
nop
ret
.cfi_endproc
.size cfaexpr_then_off,.-cfaexpr_then_off
.globl cfaexpr_sp
.type cfaexpr_sp,@function
cfaexpr_sp:
.cfi_startproc
nop
.cfi_escape 0x0f,3,0x77,0x78,6
nop
ret
.cfi_endproc
.size cfaexpr_sp,.-cfaexpr_sp
.globl cfaexpr4
.type cfaexpr4,@function
cfaexpr4:
.cfi_startproc
nop
.cfi_escape 0x0f,4,0x76,0x80,1,6
nop
ret
.cfi_endproc
.size cfaexpr4,.-cfaexpr4
.globl rem_entry
.type rem_entry,@function
rem_entry:
.cfi_startproc
nop
.cfi_remember_state
.cfi_def_cfa_offset 16
nop
.cfi_restore_state
nop
ret
.cfi_endproc
.size rem_entry,.-rem_entry
.globl rem_same_pc
.type rem_same_pc,@function
rem_same_pc:
.cfi_startproc
nop
.cfi_def_cfa_offset 24
.cfi_remember_state
nop
.cfi_def_cfa_offset 8
nop
.cfi_restore_state
nop
ret
.cfi_endproc
.size rem_same_pc,.-rem_same_pc
.globl rem_nested
.type rem_nested,@function
rem_nested:
.cfi_startproc
nop
.cfi_def_cfa_offset 16
nop
.cfi_remember_state
.cfi_def_cfa_offset 24
nop
.cfi_remember_state
.cfi_def_cfa_offset 32
nop
.cfi_restore_state
nop
.cfi_restore_state
nop
ret
.cfi_endproc
.size rem_nested,.-rem_nested
.globl rem_noop
.type rem_noop,@function
rem_noop:
.cfi_startproc
nop
.cfi_def_cfa_offset 16
nop
.cfi_remember_state
nop
.cfi_restore_state
nop
ret
.cfi_endproc
.size rem_noop,.-rem_noop
.globl restore_fp
.type restore_fp,@function
restore_fp:
.cfi_startproc
nop
.cfi_offset 6,-16
nop
.cfi_restore 6
nop
ret
.cfi_endproc
.size restore_fp,.-restore_fp
.globl restore_entry
.type restore_entry,@function
restore_entry:
.cfi_startproc
nop
.cfi_restore 6
nop
ret
.cfi_endproc
.size restore_entry,.-restore_entry
.globl restore_rbx
.type restore_rbx,@function
restore_rbx:
.cfi_startproc
nop
.cfi_restore 3
nop
ret
.cfi_endproc
.size restore_rbx,.-restore_rbx
.globl off127
.type off127,@function
off127:
.cfi_startproc
nop
.cfi_def_cfa_offset 127
nop
ret
.cfi_endproc
.size off127,.-off127
.globl off128
.type off128,@function
off128:
.cfi_startproc
nop
.cfi_def_cfa_offset 128
nop
ret
.cfi_endproc
.size off128,.-off128
.globl fp128
.type fp128,@function
fp128:
.cfi_startproc
nop
.cfi_offset 6,-128
nop
ret
.cfi_endproc
.size fp128,.-fp128
.globl fp136
.type fp136,@function
fp136:
.cfi_startproc
nop
.cfi_offset 6,-136
nop
ret
.cfi_endproc
.size fp136,.-fp136
.globl off32767
.type off32767,@function
off32767:
.cfi_startproc
nop
.cfi_def_cfa_offset 32767
nop
ret
.cfi_endproc
.size off32767,.-off32767
.globl off32768
.type off32768,@function
off32768:
.cfi_startproc
nop
.cfi_def_cfa_offset 32768
nop
ret
.cfi_endproc
.size off32768,.-off32768
.globl fp32768
.type fp32768,@function
fp32768:
.cfi_startproc
nop
.cfi_offset 6,-32768
nop
ret
.cfi_endproc
.size fp32768,.-fp32768
.globl fp32776
.type fp32776,@function
fp32776:
.cfi_startproc
nop
.cfi_offset 6,-32776
nop
ret
.cfi_endproc
.size fp32776,.-fp32776
.globl adj
.type adj,@function
adj:
.cfi_startproc
nop
.cfi_adjust_cfa_offset 8
nop
.cfi_adjust_cfa_offset -8
nop
ret
.cfi_endproc
.size adj,.-adj
.globl zero_adv
.type zero_adv,@function
zero_adv:
.cfi_startproc
nop
.cfi_def_cfa_offset 16
.p2align 0
.cfi_def_cfa_offset 24
nop
ret
.cfi_endproc
.size zero_adv,.-zero_adv
.globl sig
.type sig,@function
sig:
.cfi_startproc
.cfi_signal_frame
nop
.cfi_def_cfa_offset 16
nop
ret
.cfi_endproc
.size sig,.-sig
.globl sig_expr
.type sig_expr,@function
sig_expr:
.cfi_startproc
.cfi_signal_frame
nop
.cfi_escape 0x0f,3,0x77,0xa0,6
nop
ret
.cfi_endproc
.size sig_expr,.-sig_expr
.globl simple
.type simple,@function
simple:
.cfi_startproc simple
nop
nop
ret
.cfi_endproc
.size simple,.-simple
.globl simple_def
.type simple_def,@function
simple_def:
.cfi_startproc simple
nop
.cfi_def_cfa 7,8
nop
ret
.cfi_endproc
.size simple_def,.-simple_def
.globl simple_late
.type simple_late,@function
simple_late:
.cfi_startproc simple
nop
nop
.cfi_def_cfa 7,16
nop
ret
.cfi_endproc
.size simple_late,.-simple_late
.globl ret3
.type ret3,@function
ret3:
.cfi_startproc
nop
.cfi_return_column 3
nop
ret
.cfi_endproc
.size ret3,.-ret3
.globl personality
.type personality,@function
personality:
.cfi_startproc
nop
.cfi_offset 6,-16
.cfi_offset 3,-24
nop
ret
.cfi_endproc
.size personality,.-personality
.globl big255
big255:
.cfi_startproc
nop
.cfi_def_cfa_offset 16
.skip 253,0x90
ret
.cfi_endproc
.globl big256
big256:
.cfi_startproc
nop
.cfi_def_cfa_offset 16
.skip 254,0x90
ret
.cfi_endproc
.globl cold
.type cold,@function
cold:
.cfi_startproc
.cfi_def_cfa_offset 32
.cfi_offset 6, -16
nop
.cfi_restore 6
.cfi_def_cfa_offset 8
ret
.cfi_endproc
.size cold,.-cold
.section .note.GNU-stack,"",@progbits
