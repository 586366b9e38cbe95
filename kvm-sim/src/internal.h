/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What the files of the simulated KVM offer each other. */
#ifndef SIM_INTERNAL_H
#define SIM_INTERNAL_H

#include "access.h"

/* store.c */
extern const struct cvmm_backend_ops cvmm_sim_ops;
struct sim *cvmm_sim_of(const struct cvmm_backend *be);

/* model.c, image.c: the profile, compiled */
int cvmm_sim_model_size(const struct cvmm_sim_config *cfg, struct sim *s, size_t *bytes, struct cvmm_error *e);
void cvmm_sim_model_build(struct sim *s);
uint32_t cvmm_sim_find(const struct sim *s, uint64_t id);
const struct sim_image *cvmm_sim_image_of(const struct sim *s, uint64_t features);
const struct sim_image *cvmm_sim_image_for(const struct sim *s, uint64_t features, uint32_t item);
int cvmm_sim_image_has(const struct sim *s, uint64_t features, uint32_t item);
uint64_t cvmm_sim_vm_default(const struct sim *s, uint64_t features, uint32_t item);

/* classify.c */
void cvmm_sim_classify(struct sim_item *it);
int cvmm_sim_absent(const struct sim_call *c, uint64_t id);
uint32_t cvmm_sim_alias(const struct sim *s, uint64_t id);
uint64_t cvmm_sim_order_key(const struct sim *s, uint64_t id);

/* fd.c */
int cvmm_sim_open(void *ctx);
int cvmm_sim_close(void *ctx, int fd);
void *cvmm_sim_mmap(void *ctx, int fd, size_t len, int *err);
int cvmm_sim_munmap(void *ctx, void *p, size_t len);
int cvmm_sim_fd_new(struct sim *s, enum sim_fd_type type, uint32_t vm, uint32_t idx);
enum sim_fd_type cvmm_sim_fd_get(struct sim *s, int fd, struct sim_call *c);

/* ioctl.c */
int cvmm_sim_ioctl(void *ctx, int fd, unsigned long req, uintptr_t arg);
int cvmm_sim_check_extension(struct sim *s, uint64_t cap);

/* vm.c, mem.c */
int cvmm_sim_create_vm(struct sim *s, uint64_t type);
int cvmm_sim_vm_ioctl(struct sim_call *c, unsigned long req, uintptr_t arg);
int cvmm_sim_set_memory(struct sim_call *c, uintptr_t arg);
int cvmm_sim_dirty_log(struct sim_call *c, uintptr_t arg);
int cvmm_sim_clear_dirty_log(struct sim_call *c, uintptr_t arg);
int cvmm_sim_in_slot(struct sim *s, struct sim_vm *vm, uint64_t gpa, uint64_t len);

/* accept.c: calls whose effect the simulator does not have */
int cvmm_sim_accept(enum sim_fd_type type, unsigned long req, uintptr_t arg);
int cvmm_sim_accepted(enum sim_fd_type type, unsigned long req);

/* vm_reg.c: the proposal of registers on the VM fd */
int cvmm_sim_vm_get_one_reg(struct sim_call *c, uintptr_t arg);
int cvmm_sim_vm_set_one_reg(struct sim_call *c, uintptr_t arg);
int cvmm_sim_vm_reg_list(struct sim_call *c, uintptr_t arg);
int cvmm_sim_vm_preset(struct sim_call *c, uint32_t item);
int cvmm_sim_vm_preset_check(struct sim_call *c, uint64_t features);

/* vcpu.c, init.c */
int cvmm_sim_create_vcpu(struct sim_call *c, uint64_t id);
int cvmm_sim_vcpu_ioctl(struct sim_call *c, unsigned long req, uintptr_t arg);
int cvmm_sim_vcpu_init(struct sim_call *c, uintptr_t arg);

/* run.c */
int cvmm_sim_vcpu_run(struct sim_call *c, uintptr_t arg);

/* reg.c */
int cvmm_sim_get_one_reg(struct sim_call *c, uintptr_t arg);
int cvmm_sim_set_one_reg(struct sim_call *c, uintptr_t arg);
int cvmm_sim_reg_list(struct sim_call *c, uintptr_t arg);
int cvmm_sim_read(struct sim_call *c, uint32_t item, uint8_t *out);
int cvmm_sim_write(struct sim_call *c, uint32_t item, const uint8_t *val);

/* id_rules.c */
uint64_t cvmm_sim_pair_value(const struct cvmm_pair *list, uint32_t n, uint64_t id);
int cvmm_sim_id_value(const struct sim *s, uint64_t features, uint64_t id, uint64_t limit, uint64_t *val);
int cvmm_sim_id_fits(const struct sim *s, uint64_t id, uint64_t limit, uint64_t val);
int cvmm_sim_id_check(struct sim *s, uint64_t features, uint64_t id, uint64_t limit, uint64_t *val);

/* reg_id.c */
uint64_t cvmm_sim_id_get(struct sim_call *c, uint32_t item);
uint32_t cvmm_sim_id_field(struct sim_call *c, uint32_t item, uint32_t shift);
void cvmm_sim_id_show_gic(struct sim_call *c, int show);
int cvmm_sim_id_set(struct sim_call *c, uint32_t item, uint64_t val);
int cvmm_sim_imp_set(struct sim_call *c, uint32_t item, uint64_t val);
int cvmm_sim_clidr_set(struct sim_call *c, uint32_t item, uint64_t val);
int cvmm_sim_ccsidr_set(struct sim_call *c, uint32_t item, uint32_t val);

/* reg_fw.c */
uint64_t cvmm_sim_psci_get(struct sim_call *c);
int cvmm_sim_psci_set(struct sim_call *c, uint64_t val);
uint64_t cvmm_sim_wa_get(struct sim_call *c, uint32_t item);
int cvmm_sim_wa_set(struct sim_call *c, uint32_t item, uint64_t val);
int cvmm_sim_bmap_set(struct sim_call *c, uint32_t item, uint64_t val);

/* reg_cpu.c, reg_pmu.c: SVE, core registers, timers, PMU */
int cvmm_sim_vls_set(struct sim_call *c, uint32_t item, const uint8_t *val);
int cvmm_sim_pstate_set(struct sim_call *c, uint32_t item, uint64_t val);
void cvmm_sim_core_set(struct sim_call *c, uint32_t item, const uint8_t *val);
void cvmm_sim_through_cpu(struct sim_call *c);
uint64_t cvmm_sim_counter(struct sim *s);
uint64_t cvmm_sim_timer_get(struct sim_call *c, uint32_t item);
int cvmm_sim_timer_set(struct sim_call *c, uint32_t item, uint64_t val);
uint64_t cvmm_sim_pmu_get(struct sim_call *c, uint32_t item);
void cvmm_sim_pmu_reset(struct sim_call *c);
int cvmm_sim_pmu_counters_set(struct sim_call *c, uint32_t n);
int cvmm_sim_pmu_set(struct sim_call *c, uint32_t item, uint64_t val);

/* attr.c */
int cvmm_sim_vcpu_attr(struct sim_call *c, unsigned long req, uintptr_t arg);
int cvmm_sim_vm_attr(struct sim_call *c, unsigned long req, uintptr_t arg);
int cvmm_sim_timer_enable(struct sim_call *c);
int cvmm_sim_pmu_enable(struct sim_call *c);

/* gic.c */
int cvmm_sim_create_device(struct sim_call *c, uintptr_t arg);
int cvmm_sim_create_irqchip(struct sim_call *c);
int cvmm_sim_device_ioctl(struct sim_call *c, unsigned long req, uintptr_t arg);
int cvmm_sim_gic_first_run(struct sim_call *c);
int cvmm_sim_gic_place(struct sim_call *c, struct sim_vcpu *v);

#endif
